// A database file that is none, or damaged: the start is refused with file, finding and cure, and no byte is changed.
#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/faults/walk.hpp"
#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;
using namespace faults;

constexpr int kRefused = 78;

class DamagedFile : public ::testing::Test {
 protected:
  DamagedFile() : installation_(sqliteOptions()) {
    Server server(sqliteOptions());
    Client client(server);
    const std::string token = client.registerUser("alice");
    const std::int64_t id = client.userId(token);
    Senders senders(server.endpoint(), token, id, "m", 4);
    senders.waitForAnswers(400);
    senders.expectTheEnd();
    server.kill9();
    senders.join();
    log_ = readFile(server.installation().database().string() + "-wal");
    server.startAgain();
    server.stop();
    sound_ = readFile(server.installation().database());
    sound_.resize(pagesOf(sound_) * 4096);  // the file grows in steps
  }

  // In use, as its header says; big-endian at byte 28.
  static size_t pagesOf(const std::string& database) {
    size_t pages = 0;
    for (size_t at = 28; at < 32; ++at) pages = pages << 8 | static_cast<unsigned char>(database[at]);
    return pages;
  }
  static Options sqliteOptions() {
    Options options = walkOptions();
    options.stack = Stack::kSqlite;
    options.plugins = allPlugins(options.stack);
    return options;
  }
  std::string path(const char* suffix = "") const { return installation_.database().string() + suffix; }
  void put(const std::string& content, const char* suffix = "") const {
    writeFile(path(suffix), content, fs::perms::owner_read | fs::perms::owner_write);
  }

  // `run` says `why`, which file, and changes nothing; `check --probe` finds it too.
  void expectRefused(const std::string& why) {
    const auto contents = [&] {
      std::string all;
      for (const char* suffix : {"", "-wal"}) {
        if (fs::is_regular_file(path(suffix))) all += suffix + readFile(path(suffix));
      }
      return all;
    };
    const std::string before = contents();
    const ProgramResult run = installation_.run({"run"});
    EXPECT_EQ(kRefused, run.status) << run.errors;
    EXPECT_NE(std::string::npos, run.errors.find(why)) << run.errors;
    EXPECT_NE(std::string::npos, run.errors.find(path())) << run.errors;
    EXPECT_TRUE(before == contents()) << "the files were changed by run";
    const ProgramResult probe = installation_.run({"check", "--probe"});
    EXPECT_NE(0, probe.status) << probe.output << probe.errors;
    EXPECT_NE(std::string::npos, (probe.output + probe.errors).find(path())) << probe.output << probe.errors;
    EXPECT_TRUE(before == contents()) << "the files were changed by check --probe";
  }

  Installation installation_;
  std::string sound_, log_;
};

TEST_F(DamagedFile, GarbageInTheHeader) {
  put(std::string(100, '\xee') + sound_.substr(100));
  expectRefused("is not a SQLite database");
}

TEST_F(DamagedFile, AText) {
  put("This is a letter to my aunt, and no database.\n");
  expectRefused("is not a SQLite database");
}

TEST_F(DamagedFile, GarbageInAPageInTheMiddle) {
  ASSERT_GT(sound_.size(), 20u * 4096);
  std::string damaged = sound_;
  damaged.replace(sound_.size() / 4096 / 2 * 4096, 4096, std::string(4096, '\xee'));
  put(damaged);
  expectRefused("is damaged");
}

TEST_F(DamagedFile, CutShort) {
  put(sound_.substr(0, sound_.size() / 2));
  expectRefused("is damaged");
  put(sound_.substr(0, 50));
  expectRefused("is");
}

TEST_F(DamagedFile, EmptyOrAwayBesideItsLog) {
  put("");
  put(log_, "-wal");
  expectRefused("is empty, but its log");
  fs::remove(path());
  const ProgramResult run = installation_.run({"run"});
  EXPECT_EQ(kRefused, run.status);
  EXPECT_NE(std::string::npos, run.errors.find("is not there, but its log")) << run.errors;
  EXPECT_FALSE(fs::exists(path()));
  EXPECT_TRUE(log_ == readFile(path("-wal")));
}

TEST_F(DamagedFile, AFolder) {
  fs::create_directory(path());
  const ProgramResult run = installation_.run({"run"});
  EXPECT_EQ(kRefused, run.status);
  EXPECT_NE(std::string::npos, run.errors.find(path())) << run.errors;
  const ProgramResult probe = installation_.run({"check", "--probe"});
  EXPECT_NE(0, probe.status);
  EXPECT_NE(std::string::npos, (probe.output + probe.errors).find("is not a regular file")) << probe.output;
}

TEST_F(DamagedFile, OfANewerServer) {
  put(sound_);
  StoredData(installation_).execute("INSERT INTO kavro_migrations VALUES ('messaging', 99, 'from the future', 'x', 0)");
  const std::string before = readFile(path());
  const ProgramResult run = installation_.run({"run"});
  EXPECT_EQ(kRefused, run.status) << run.errors;
  EXPECT_NE(std::string::npos, run.errors.find("messaging")) << run.errors;
  EXPECT_EQ("1", StoredData(installation_).execute("SELECT count(*) FROM kavro_migrations WHERE version = 99"));
}

// What can be used is used: a log that ends in garbage is one whose last write was cut off, and a link is followed.
TEST_F(DamagedFile, ALogThatIsGarbageIsNoDamage) {
  put(sound_);
  put(std::string(50'000, '\xee'), "-wal");
  Server server(Options{installation_.options()});
  server.stop();
  const auto serves = [&] {
    Process process(installation_.commandLine({"run"}), installation_.folder(), {});
    const bool listens = process.waitForLine("listening on").has_value();
    process.signal(SIGTERM);
    return listens && process.wait() == 0;
  };
  EXPECT_TRUE(serves());
  EXPECT_EQ("ok", StoredData(installation_).integrity());
  fs::rename(path(), path(".elsewhere"));
  fs::create_symlink(path(".elsewhere"), path());
  EXPECT_TRUE(serves());
}

TEST_F(DamagedFile, FoundWhileItServes) {
  put(sound_);
  Options options = sqliteOptions();
  options.settings["database.url"] = "sqlite:" + path();
  options.settings["database.read_cache"] = "1MiB";
  options.settings["auth.secret_file"] = installation_.authSecret();
  Server server(options);
  Client client(server);
  const std::string token = client.registerUser("bob");
  std::string damaged = readFile(path());
  for (size_t page = 6; page < damaged.size() / 4096; ++page) damaged.replace(page * 4096, 64, std::string(64, '\xee'));
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file << damaged;
  }
  const Reply login = client.post("/auth/login", R"({"username":"alice","password":"Correct-Horse-9-Battery"})");
  EXPECT_TRUE(login.status == 200 || login.status == 503) << login.status << " " << login.body;
  const std::string alice = login.status == 200 ? login.string("access_token") : token;
  const Reply inbox = client.bearer(alice).get("/messages/inbox?limit=200");
  EXPECT_EQ(503, inbox.status) << inbox.body;
  EXPECT_TRUE(server.process().waitForLine("the database " + path() + " is damaged")) << server.log();
  EXPECT_EQ(200, client.get("/livez").status);
  EXPECT_EQ(503, client.get("/readyz").status);
  const Reply refused = client.post("/auth/register", R"({"username":"eve","password":"Correct-Horse-9-Battery"})");
  EXPECT_EQ(503, refused.status) << refused.body;
  EXPECT_EQ(200, client.bearer(token).get("/auth/me").status) << "reads go on";
}

// 201 went on after the files had been deleted, and all was lost at the next start.
TEST_F(DamagedFile, TakenAwayWhileItServes) {
  Options options = sqliteOptions();
  options.settings["database.url"] = "sqlite:" + path(".new");
  options.settings["auth.secret_file"] = installation_.authSecret();
  Server server(options);
  Client client(server);
  const std::string token = client.registerUser("bob");
  fs::create_directory(path(".away"));
  for (const char* suffix : {".new", ".new-wal"}) fs::rename(path(suffix), path(".away") + "/" + suffix);
  EXPECT_TRUE(readinessBecomes(client, 503)) << "without a write, too";
  const auto registers = [&](const std::string& name) {
    const std::string body = R"({"username":")" + name + R"(","password":"Correct-Horse-9-Battery"})";
    return client.post("/auth/register", body).status;
  };
  EXPECT_EQ(503, registers("carol"));
  EXPECT_EQ(200, client.bearer(token).get("/auth/me").status) << "reads go on";
  EXPECT_TRUE(server.process().waitForLine(path(".new") + " any more: the file was deleted or moved")) << server.log();
  EXPECT_FALSE(fs::exists(path(".new")));
  for (const char* suffix : {".new", ".new-wal"}) fs::rename(path(".away") + "/" + suffix, path(suffix));
  EXPECT_TRUE(readinessBecomes(client, 200)) << "it goes on by itself";
  EXPECT_EQ(201, registers("carol"));
}

}  // namespace
}  // namespace kavro::testing
