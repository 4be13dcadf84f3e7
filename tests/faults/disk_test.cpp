// A disk that is full, and has room again; and a database that another program holds.
#include <gtest/gtest.h>

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/faults/full_disk.hpp"
#include "tests/faults/walk.hpp"
#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/steady_senders.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

using namespace faults;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

milliseconds since(Clock::time_point start) { return std::chrono::duration_cast<milliseconds>(Clock::now() - start); }

std::string sendBody(std::int64_t recipient, const std::string& text) {
  return R"({"recipient_id":)" + std::to_string(recipient) +
         R"(,"ciphertext":"aGVsbG8=","ephemeral_pubkey":"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",)" +
         R"("metadata":")" + text + "\"}";
}

class FullDiskTest : public ::testing::Test {
 protected:
  // Sends until the disk is full, with `fill` and `make_room` doing what their names say.
  void fullAndBack(Server& server, const std::function<void()>& fill, const std::function<void()>& make_room) {
    Client client(server);
    const std::string token = client.registerUser("alice");
    const std::int64_t id = client.userId(token);
    client.bearer(token);
    std::map<std::int64_t, std::string> stored;
    int number = 0;
    const auto send = [&] {
      const std::string text = "disk-" + std::to_string(++number);
      const Reply reply = client.post("/messages/", sendBody(id, text));
      if (reply.status == 201) stored.emplace(reply.integer("id"), text);
      return reply.status;
    };
    for (int i = 0; i < 20; ++i) ASSERT_EQ(201, send());

    fill();
    int refused = 0;
    for (int i = 0; i < 3000 && refused < 20; ++i) {  // the log's file may have some room left in itself
      const int status = send();
      ASSERT_TRUE(status == 201 || status == 503) << status;
      refused = status == 503 ? refused + 1 : 0;
    }
    ASSERT_EQ(20, refused) << "the disk was never full";
    EXPECT_EQ(200, client.get("/messages/inbox?limit=50").status) << "reads go on";
    EXPECT_EQ(200, client.get("/auth/me").status);
    EXPECT_EQ(200,
              client.post("/auth/login", R"({"username":"alice","password":")" + std::string(Client::kPassword) + "\"}")
                  .status);
    EXPECT_EQ(
        503,
        client.post("/auth/register", R"({"username":"carol","password":")" + std::string(Client::kPassword) + "\"}")
            .status);
    EXPECT_EQ(503, client.get("/readyz").status);
    EXPECT_EQ(200, client.get("/livez").status);
    EXPECT_EQ(stored.size(), wholeInbox(client).size());

    make_room();
    EXPECT_EQ(201, send()) << "it does not notice that there is room";
    EXPECT_TRUE(readinessBecomes(client, 200));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(201, send());
    server.kill9();
    server.startAgain();
    Client again(server);
    std::map<std::int64_t, std::string> found;
    for (const auto& [message, text] : wholeInbox(again.bearer(token))) found.emplace(message, text);
    EXPECT_EQ(stored, found);
    if (std::filesystem::exists(server.installation().database())) {  // and not on that disk
      EXPECT_EQ("ok", StoredData(server.installation()).integrity());
    }
    EXPECT_EQ(0, server.stop());
  }
};

TEST_F(FullDiskTest, WritesAreRefusedAndGoOnWhenThereIsRoom) {
  std::string why_not;
  const auto disk = FullDisk::mount(4 * 1024 * 1024, why_not);
  if (!disk) GTEST_SKIP() << why_not << "; the next test does without";
  Options options = walkOptions();
  options.stack = Stack::kSqlite;
  // The audit log is on the same disk.
  options.settings = {{"database.url", "sqlite:" + (disk->path() / "kavro.db").string()},
                      {"audit.path", (disk->path() / "audit.jsonl").string()}};
  Server server(options);
  fullAndBack(
      server, [&] { disk->fill(); }, [&] { disk->makeRoom(); });
}

TEST_F(FullDiskTest, TheSameWhereEveryWriteOfTheDatabaseFails) {
  Faults faults;
  Options options = underFaults(walkOptions(), faults);
  options.stack = Stack::kSqlite;
  Server server(options);
  fullAndBack(
      server, [&] { faults.arm({.classes = kFileWrite, .count = kEver, .error = ENOSPC, .path = "kavro.db"}); },
      [&] { faults.disarm(); });
}

// The log took all there was, and nothing was left to copy it to: 503 for ever, also after a restart.
TEST_F(FullDiskTest, TheLogLeavesRoomForWhatIsInIt) {
  std::string why_not;
  const auto disk = FullDisk::mount(12 * 1024 * 1024, why_not);
  if (!disk) GTEST_SKIP() << why_not;
  Options options = walkOptions();
  options.stack = Stack::kSqlite;
  options.settings = {{"database.url", "sqlite:" + (disk->path() / "kavro.db").string()}};
  Server server(options);
  auto client = std::make_unique<Client>(server);
  const std::string token = client->registerUser("alice");
  const std::int64_t id = client->userId(token);
  client->bearer(token);
  std::map<std::int64_t, std::string> stored;
  const auto send = [&] {
    const std::string text = std::to_string(stored.size()) + "-" + std::string(3000, 'x');
    const Reply reply = client->post("/messages/", sendBody(id, text));
    if (reply.status == 201) stored.emplace(reply.integer("id"), text);
    return reply.status;
  };
  disk->fill(8 * 1024 * 1024);
  // 4 MiB are left, and the log has that much after 200 of them.
  for (int i = 0; i < 400; ++i) ASSERT_EQ(201, send()) << i;
  for (int refused = 0; refused < 20;) refused = send() == 503 ? refused + 1 : 0;
  EXPECT_EQ(503, client->get("/readyz").status);
  EXPECT_EQ(200, client->get("/messages/inbox?limit=5").status);

  server.kill9();
  server.startAgain();
  client = std::make_unique<Client>(server);
  client->bearer(token);
  EXPECT_EQ(200, client->get("/messages/inbox?limit=5").status);
  for (int refused = 0; refused < 20;) refused = send() == 503 ? refused + 1 : 0;
  disk->makeRoom();
  EXPECT_TRUE(readinessBecomes(*client, 200));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(201, send());
  std::map<std::int64_t, std::string> found;
  for (const auto& [message, text] : wholeInbox(*client)) found.emplace(message, text);
  EXPECT_EQ(stored, found);
  EXPECT_EQ(0, server.stop());
}

// What an earlier version left: a log, no room to copy it, and nothing free.
TEST_F(FullDiskTest, ALogThatHasNowhereToGoGoesThereWhenThereIsRoom) {
  std::string why_not;
  const auto disk = FullDisk::mount(8 * 1024 * 1024, why_not);
  if (!disk) GTEST_SKIP() << why_not;
  const std::string file = (disk->path() / "kavro.db").string();
  Options options = walkOptions();
  options.stack = Stack::kSqlite;
  options.settings = {{"database.url", "sqlite:" + file}};
  Server server(options);
  {
    Client client(server);
    client.registerUser("alice");
  }
  server.stop();
  sqlite3* other = nullptr;
  ASSERT_EQ(SQLITE_OK, sqlite3_open(file.c_str(), &other));
  sqlite3_db_config(other, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  EXPECT_EQ(SQLITE_OK, sqlite3_exec(other,
                                    "PRAGMA wal_autocheckpoint = 0; CREATE TABLE other (value BLOB); INSERT INTO other "
                                    "VALUES (randomblob(1000000))",
                                    nullptr, nullptr, nullptr));
  sqlite3_close(other);
  disk->fill();
  server.startAgain();
  Client client(server);
  const std::string credentials = R"({"username":"bob","password":")" + std::string(Client::kPassword) + "\"}";
  EXPECT_TRUE(readinessBecomes(client, 503));
  EXPECT_EQ(503, client.post("/auth/register", credentials).status);
  EXPECT_TRUE(server.process().waitForLine("KiB more are needed")) << server.log();
  const std::string alice = R"({"username":"alice","password":")" + std::string(Client::kPassword) + "\"}";
  EXPECT_EQ(200, client.post("/auth/login", alice).status) << "reads go on";
  disk->makeRoom();
  EXPECT_TRUE(readinessBecomes(client, 200)) << "without a request";
  EXPECT_EQ(201, client.post("/auth/register", credentials).status);
  EXPECT_GT(std::filesystem::file_size(file), 1'000'000u);
  EXPECT_EQ(0, server.stop());
}

// --- Another program has the database

milliseconds lockTime() { return Points::isFull() ? milliseconds(30000) : milliseconds(2500); }

// Reads go on meanwhile, each write is refused in time, and then all is as it was. Runs on either database.
class LockedTest : public ::testing::Test {
 protected:
  static constexpr milliseconds kBusy{500};

  void whileLocked(Server& server, const std::function<void()>& lock, const std::function<void()>& unlock,
                   bool messages_can_be_read) {
    Client client(server);
    const std::string token = client.registerUser("alice");
    const std::int64_t id = client.userId(token);
    client.bearer(token);
    SteadySenders senders({server.endpoint()}, token, id, 16);
    ASSERT_TRUE(senders.waitForMore(50));
    lock();
    const Clock::time_point locked = Clock::now();
    while (since(locked) < lockTime()) {
      const Clock::time_point asked = Clock::now();
      EXPECT_EQ(200, client.get("/auth/me").status);
      EXPECT_EQ(200, client.get(messages_can_be_read ? "/messages/inbox?limit=5" : "/keys/1").status);
      EXPECT_LT(since(asked), milliseconds(2000)) << "a read waits for the lock";
      std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_TRUE(senders.waitForStatus(503, 2)) << "nobody is told";
    unlock();
    const Clock::time_point free = Clock::now();
    ASSERT_TRUE(senders.waitForMore(50)) << "sending does not work again";
    std::printf("[ MEASURED ] 50 more acknowledged %lld ms after the lock was gone\n",
                static_cast<long long>(since(free).count()));
    senders.stop();
    for (const std::string& fault : senders.faults()) ADD_FAILURE() << fault;
    const milliseconds slowest = senders.durationsSince({}).back();
    std::printf("[ MEASURED ] slowest answer: %lld ms\n", static_cast<long long>(slowest.count()));
    EXPECT_LT(slowest, answer_max_);
    std::map<std::int64_t, int> found;
    for (const auto& [message, text] : wholeInbox(client)) ++found[message];
    for (const auto& [message, text] : senders.acknowledged()) EXPECT_EQ(1, found[message]) << message;
    EXPECT_EQ(0, server.stop());
  }

  milliseconds answer_max_{kBusy + milliseconds(1000)};
};

TEST_F(LockedTest, SqliteByAnotherProgram) {
  Options options = walkOptions();
  options.stack = Stack::kSqlite;
  options.settings["database.busy_timeout"] = std::to_string(kBusy.count()) + "ms";
  Server server(options);
  sqlite3* other = nullptr;
  ASSERT_EQ(SQLITE_OK, sqlite3_open(server.installation().database().c_str(), &other));
  sqlite3_busy_timeout(other, 10000);
  whileLocked(
      server, [&] { ASSERT_EQ(SQLITE_OK, sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr)); },
      [&] { sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr); }, true);
  sqlite3_close(other);
}

TEST_F(LockedTest, PostgresqlByAnotherTransaction) {
  Options options = walkOptions();
  options.stack = Stack::kPostgresql;
  options.plugins = allPlugins(options.stack);
  options.settings["database.statement_timeout"] = "500ms";
  Server server(options);
  const std::string url = server.installation().postgresDatabase()->url();
  // Of a group, one time-out together and two alone, as long behind the group before, and what a busy machine adds.
  answer_max_ = 6 * milliseconds(500) + milliseconds(2000);
  std::thread other;
  whileLocked(
      server,
      [&] {
        other = std::thread([&] {
          executeOn(url, "BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(" +
                             std::to_string(lockTime().count() / 1000.0 + 0.5) + "); COMMIT");
        });
      },
      [&] { other.join(); }, false);
}

}  // namespace
}  // namespace kavro::testing
