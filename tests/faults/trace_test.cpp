// Nothing is answered with 201 before it is on disk: the order of the log's writes, their fdatasync and the answers, as
// the system calls were made; and what a disk that does not confirm leads to.
#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "tests/faults/walk.hpp"
#include "tests/scenarios/raw_connection.hpp"
#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

using namespace faults;

constexpr const char* kKey = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";

// A message whose ciphertext is a mark that the shim finds in the log.
std::string markedMessage(std::int64_t recipient_id, int number) {
  char mark[32];
  std::snprintf(mark, sizeof mark, "%s%0*d--", kMark, kMarkDigits, number);  // 12 bytes
  unsigned char text[32];
  EVP_EncodeBlock(text, reinterpret_cast<const unsigned char*>(mark), 12);
  return R"({"recipient_id":)" + std::to_string(recipient_id) + R"(,"ciphertext":")" +
         reinterpret_cast<const char*>(text) + R"(","ephemeral_pubkey":")" + kKey + "\"}";
}

struct Traced {
  Trace kind;
  int result;
  std::uint64_t begun, ended;
  std::int64_t number, last;
};

std::vector<Traced> takeTrace(Control& page) {
  std::vector<Traced> trace;
  const std::uint64_t count = std::min<std::uint64_t>(page.traced, kTraceMax);
  for (std::uint64_t i = 0; i < count; ++i) {
    const TraceEntry& entry = page.trace[i];
    trace.push_back({static_cast<Trace>(entry.kind.load(std::memory_order_acquire)), entry.result, entry.begun,
                     entry.ended, entry.number, entry.last});
  }
  return trace;
}

TEST(Trace, NoAnswerBeforeItsSync) {
  constexpr int kConnections = 8, kEach = 60;
  Faults faults;
  Options options = underFaults(walkOptions(), faults);
  options.stack = Stack::kSqlite;
  Server server(options);
  Client client(server);
  const std::string token = client.registerUser("alice");
  const std::int64_t id = client.userId(token);

  faults.trace(true);
  std::map<std::int64_t, std::int64_t> marks;  // a message's id -> its mark
  std::mutex mutex;
  std::vector<std::thread> senders;
  for (int connection = 0; connection < kConnections; ++connection) {
    senders.emplace_back([&, connection] {
      Client own(server);
      own.bearer(token);
      for (int i = 0; i < kEach; ++i) {
        const int number = connection * kEach + i;
        const Reply reply = own.post("/messages/", markedMessage(id, number));
        const std::lock_guard lock(mutex);
        if (reply.status == 201) marks[reply.integer("id")] = number;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  faults.trace(false);
  ASSERT_EQ(size_t{kConnections * kEach}, marks.size());

  const std::vector<Traced> trace = takeTrace(faults.page());
  ASSERT_LT(trace.size(), kTraceMax);
  size_t answers = 0, syncs = 0;
  for (const Traced& answer : trace) {
    syncs += answer.kind == Trace::kLogSync;
    if (answer.kind != Trace::kAnswer) continue;
    ++answers;
    ASSERT_TRUE(marks.count(answer.number)) << "an answer with the id " << answer.number << " that nobody got";
    const std::int64_t mark = marks[answer.number];
    // The page that holds a message is written again with each of its neighbours: the first time counts.
    std::uint64_t written = UINT64_MAX;
    for (const Traced& write : trace) {
      if (write.kind == Trace::kLogWrite && write.number <= mark && mark <= write.last) {
        written = std::min(written, write.ended);
      }
    }
    ASSERT_NE(UINT64_MAX, written) << "message " << answer.number << " was answered and is not in the log";
    const bool synced = std::any_of(trace.begin(), trace.end(), [&](const Traced& sync) {
      return sync.kind == Trace::kLogSync && sync.result == 0 && sync.begun > written && sync.ended < answer.begun;
    });
    EXPECT_TRUE(synced) << "message " << answer.number << " was answered before a sync";
  }
  EXPECT_EQ(marks.size(), answers);
  std::printf("[ MEASURED ] %zu answers, each after its sync; %zu syncs\n", answers, syncs);
  EXPECT_EQ(0, server.stop());
}

class FailedSync : public ::testing::Test {
 protected:
  FailedSync() {
    Options options = underFaults(walkOptions(), faults_);
    options.stack = Stack::kSqlite;
    server_ = std::make_unique<Server>(options);
    client_ = std::make_unique<Client>(*server_);
    token_ = client_->registerUser("alice");
    id_ = client_->userId(token_);
    client_->bearer(token_);
  }
  int send(int number) { return client_->post("/messages/", markedMessage(id_, number)).status; }
  // Some 110 pages.
  int sendBig() {
    return client_
        ->post("/messages/", R"({"recipient_id":)" + std::to_string(id_) + R"(,"ciphertext":")" +
                                 std::string(600'000, 'A') + R"(","ephemeral_pubkey":")" + kKey + "\"}")
        .status;
  }
  std::string stored() { return StoredData(server_->installation()).execute("SELECT count(*) FROM messages"); }

  Faults faults_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  std::string token_;
  std::int64_t id_ = 0;
};

TEST_F(FailedSync, OfTheLogIsNoSuccessAndTheNextOneIsWhole) {
  ASSERT_EQ(201, send(1));
  faults_.arm({.classes = kFileSync, .count = kEver, .error = EIO, .path = "-wal"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(503, send(10 + i));
  EXPECT_EQ(200, client_->get("/messages/inbox").status) << "reads go on";
  EXPECT_EQ(503, client_->get("/readyz").status);
  faults_.disarm();
  EXPECT_EQ(201, send(2));
  EXPECT_EQ("2", stored()) << "what was refused is not there";
  EXPECT_EQ(200, client_->get("/readyz").status);
  server_->kill9();
  server_->startAgain();
  EXPECT_EQ("2", stored());
  EXPECT_NE(std::string::npos,
            server_->log().find("writes fail: the database " + server_->installation().database().string()));
}

// What is in the log after a crash may be in memory only, when its sync had failed. The next start must bring it to
// disk before anything is promised on top of it: the log is empty when the server listens.
TEST_F(FailedSync, OfTheLogAndACrash) {
  ASSERT_EQ(201, send(1));
  faults_.arm({.classes = kFileSync, .count = kEver, .error = EIO, .path = "-wal"});
  EXPECT_EQ(503, send(2));
  server_->kill9();
  faults_.disarm();
  const std::string log = server_->installation().database().string() + "-wal";
  ASSERT_GT(std::filesystem::file_size(log), 0u);
  faults_.trace(true);
  server_->startAgain();
  faults_.trace(false);
  EXPECT_EQ(0u, std::filesystem::file_size(log));
  EXPECT_EQ("ok", StoredData(server_->installation()).integrity());
}

// A copy that fails is tried again when the log has grown by as much as before, and not at every second commit.
TEST_F(FailedSync, ACopyThatFailsIsNotTriedAllTheTime) {
  // The database has the size that it will need, so it is the copying that fails.
  for (int i = 0; i < 95; ++i) ASSERT_EQ(201, sendBig());
  StoredData(server_->installation()).execute("DELETE FROM messages");
  ASSERT_EQ(201, sendBig());  // grows it to a whole step again
  faults_.arm({.classes = kFileWrite, .count = kEver, .error = ENOSPC, .path = "kavro.db$"});
  for (int i = 0; i < 90; ++i) ASSERT_EQ(201, sendBig());
  EXPECT_GE(faults_.failed(), 1u) << "nothing was copied";
  EXPECT_LE(faults_.failed(), 16u);
  faults_.disarm();
  EXPECT_EQ("91", stored());
  EXPECT_EQ(0, server_->stop());
  EXPECT_FALSE(std::filesystem::exists(server_->installation().database().string() + "-wal")) << "copied at the end";
}

// SQLite counts pages of earlier passes as copied, and the system reports a failed fsync once: so everything is copied
// again, by the next process.
TEST_F(FailedSync, OfTheFileEndsTheCopyingUntilTheNextStart) {
  const std::string file = server_->installation().database();
  int sent = 0;
  ASSERT_EQ(201, sendBig());
  faults_.arm({.classes = kFileSync, .count = kEver, .error = EIO, .path = "kavro.db$"});
  for (; sent < 400 && server_->log().find("fsync failed") == std::string::npos; ++sent) ASSERT_EQ(201, sendBig());
  EXPECT_LT(sent, 400) << "nothing was copied";
  faults_.disarm();
  const auto log_bytes = std::filesystem::file_size(file + "-wal");
  for (int i = 0; i < 60; ++i) ASSERT_EQ(201, sendBig());
  EXPECT_GT(std::filesystem::file_size(file + "-wal"), log_bytes) << "the log has begun anew";
  EXPECT_EQ(0, server_->stop());
  EXPECT_TRUE(std::filesystem::exists(file + "-wal")) << "the log was deleted";
  server_->startAgain();
  EXPECT_EQ(std::to_string(sent + 61), stored());
  EXPECT_EQ(0u, std::filesystem::file_size(file + "-wal"));
  EXPECT_EQ("ok", StoredData(server_->installation()).integrity());
}

}  // namespace
}  // namespace kavro::testing
