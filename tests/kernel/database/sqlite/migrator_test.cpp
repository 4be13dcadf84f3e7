#include <atomic>
#include <chrono>
#include <semaphore>
#include <thread>

#include "kernel/database/sqlite/connection.hpp"
#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::testing {
namespace {

using namespace std::chrono_literals;

class MigratorTest : public ::testing::Test {
 protected:
  MigratorTest() { reopen(); }

  void reopen(std::chrono::milliseconds busy_timeout = Options().busy_timeout) {
    database_.reset();
    Options options;
    options.busy_timeout = busy_timeout;
    options.url = "sqlite:" + folder_.file("kavro.db");
    options.log = log_.log();
    database_ = Database::open(options);
  }

  void migrate(const std::vector<Migration>& migrations) { database_->migrate(migrations); }

  std::string refusal(const std::vector<Migration>& migrations) {
    try {
      database_->migrate(migrations);
    } catch (const DatabaseError& error) {
      return error.what();
    }
    return "not refused";
  }

  TemporaryFolder folder_;
  LogLines log_;
  std::unique_ptr<Database> database_;
};

const Migration kUsers{"auth", 1, "users", "CREATE TABLE user (id {id}, name TEXT, photo {bytes})"};
const Migration kMessages{"messaging", 1, "messages",
                          "CREATE TABLE message (id {id}, sender BIGINT REFERENCES user (id));"
                          "CREATE INDEX message_sender ON message (sender);"};
const Migration kSubject{"messaging", 2, "subjects", "ALTER TABLE message ADD COLUMN subject TEXT DEFAULT '{}'"};

TEST_F(MigratorTest, RunsInOrderAndRemembers) {
  migrate({kUsers, kMessages, kSubject});
  EXPECT_EQ(query(*database_,
                  "SELECT owner, version, summary, length(checksum), applied_us > 0 FROM kavro_migrations "
                  "ORDER BY owner, version"),
            (Rows{{"'auth'", "1", "'users'", "64", "1"},
                  {"'messaging'", "1", "'messages'", "64", "1"},
                  {"'messaging'", "2", "'subjects'", "64", "1"}}));
  EXPECT_EQ(query(*database_, "SELECT name FROM sqlite_schema WHERE type = 'index' AND name = 'message_sender'"),
            (Rows{{"'message_sender'"}}));
  EXPECT_EQ(log_.count("applied migration 2 of messaging (subjects)"), 1u);
}

TEST_F(MigratorTest, AgainDoesNothingAlsoAfterReopening) {
  migrate({kUsers, kMessages});
  migrate({kUsers, kMessages});
  reopen();
  migrate({kUsers, kMessages, kSubject});
  migrate({kUsers});  // messaging is switched off
  EXPECT_EQ(log_.count("applied"), 3u);
}

TEST_F(MigratorTest, IdsCountUpAndAreNeverReused) {
  migrate({kUsers});
  write(*database_, "INSERT INTO user (name) VALUES ('a'), ('b')");
  write(*database_, "DELETE FROM user WHERE name = 'b'");
  write(*database_, "INSERT INTO user (name) VALUES ('c')");
  EXPECT_EQ(query(*database_, "SELECT id, name FROM user ORDER BY id"), (Rows{{"1", "'a'"}, {"3", "'c'"}}));
}

TEST_F(MigratorTest, AGapAChangeAndANewerDatabaseAreRefused) {
  EXPECT_NE(refusal({kUsers, kSubject}).find("out of order"), std::string::npos);
  migrate({kUsers, kMessages, kSubject});
  EXPECT_NE(refusal({{"auth", 1, "users", "CREATE TABLE other (id {id})"}}).find("has changed"), std::string::npos);
  EXPECT_NE(refusal({kMessages}).find("written by a newer messaging"), std::string::npos);
  EXPECT_EQ(query(*database_, "SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), (Rows{{"0"}}));
}

TEST_F(MigratorTest, OfAFailingOneNothingIsKeptAndTheEarlierOnesStay) {
  const Migration broken{"messaging", 1, "messages", "CREATE TABLE message (id {id}); CREATE TABEL x (y)"};
  EXPECT_EQ(refusal({kUsers, broken}),
            "migration 1 of messaging (messages) failed and nothing of it was kept: near \"TABEL\": syntax error");
  EXPECT_EQ(query(*database_, "SELECT name FROM sqlite_schema WHERE name IN ('user', 'message')"), (Rows{{"'user'"}}));
  EXPECT_EQ(query(*database_, "SELECT owner FROM kavro_migrations"), (Rows{{"'auth'"}}));
  migrate({kUsers, kMessages});  // mended
}

TEST_F(MigratorTest, ItCannotLeaveItsTransaction) {
  const Migration sly{"sly", 1, "commits", "CREATE TABLE a (b); COMMIT; CREATE TABLE c (d)"};
  EXPECT_NE(refusal({sly}).find("are the kernel's own"), std::string::npos);
  const Migration forger{"forger", 1, "forges", "DELETE FROM kavro_migrations"};
  EXPECT_NE(refusal({forger}).find("are the kernel's own"), std::string::npos);
  EXPECT_EQ(query(*database_, "SELECT name FROM sqlite_schema WHERE name IN ('a', 'c')"), Rows{});
}

TEST_F(MigratorTest, WithNothingNewItWaitsForNobody) {
  migrate({kUsers});
  sqlite::Connection other(folder_.file("kavro.db"), sqlite::Connection::Access::kWrite, {1ms});
  other.run("BEGIN IMMEDIATE");
  migrate({kUsers});
  other.run("ROLLBACK");
}

// Submits itself again and again: while one is run another one waits, so that the writer never pauses.
class RestlessWrites {
 public:
  explicit RestlessWrites(Database& database) : database_(database) {
    for (int i = 0; i < 2; ++i) submit();
  }
  ~RestlessWrites() {
    enough_ = true;
    ended_.acquire();
    ended_.acquire();
  }

 private:
  void submit() {
    database_.write(
        [](void*, kavro_session* session) {
          std::this_thread::sleep_for(20ms);  // with the file's lock
          return execute(Session::from(session), "INSERT INTO user (name) VALUES ('restless')");
        },
        [](void* self, kavro_status) { static_cast<RestlessWrites*>(self)->done(); }, this);
  }

  void done() {
    if (enough_) {
      ended_.release();
    } else {
      submit();
    }
  }

  Database& database_;
  std::atomic<bool> enough_{false};
  std::counting_semaphore<2> ended_{0};
};

// 2026: a reload under load was refused, since "the database is locked" whenever it asked.
TEST_F(MigratorTest, TakesItsTurnAmongWritesThatFollowEachOther) {
  reopen(200ms);
  migrate({kUsers});
  RestlessWrites writes(*database_);
  std::vector<Migration> migrations{kUsers};
  for (std::uint32_t version = 2; version < 12; ++version) {
    migrations.push_back({"auth", version, "one more", "CREATE TABLE t" + std::to_string(version) + " (id {id})"});
    EXPECT_NO_THROW(migrate(migrations)) << version;
  }
}

TEST_F(MigratorTest, RunsWhileTheDatabaseIsInUse) {
  migrate({kUsers});
  ASSERT_EQ(write(*database_, "INSERT INTO user (name) VALUES ($1)", {textValue("a")}), KAVRO_OK);
  EXPECT_EQ(query(*database_, "SELECT * FROM user").at(0).size(), 3u);
  migrate({kUsers, {"auth", 2, "age", "ALTER TABLE user ADD COLUMN age INTEGER"}});
  // The same texts, prepared before the table had changed.
  ASSERT_EQ(write(*database_, "INSERT INTO user (name) VALUES ($1)", {textValue("b")}), KAVRO_OK);
  EXPECT_EQ(query(*database_, "SELECT * FROM user").at(0).size(), 4u);
}

}  // namespace
}  // namespace kavro::database::testing
