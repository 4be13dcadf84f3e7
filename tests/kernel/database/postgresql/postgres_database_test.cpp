// The service on a real PostgreSQL: what breaks, what waits, what is run again.
#include "kernel/database/postgresql/postgres_database.hpp"

#include <atomic>
#include <thread>

#include "tests/kernel/database/database_fixture.hpp"
#include "tests/services/postgres_server.hpp"
#include "tests/services/shared_services.hpp"

namespace kavro::database::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kInsert = "INSERT INTO item (name) VALUES ($1)";
constexpr std::string_view kCount = "SELECT count(*) FROM item";

std::unique_ptr<Database> openWithItems(Options options, LogLines& log) {
  options.log = log.log();
  auto database = Database::open(options);
  const Migration migration{"test", 1, "items", "CREATE TABLE item (id {id}, name TEXT UNIQUE, value BIGINT)"};
  database->migrate({&migration, 1});
  return database;
}

class PostgresDatabaseTest : public ::testing::Test {
 protected:
  Database& open(Options options = {}) {
    database_.reset();
    options.url = postgres_.url();
    database_ = openWithItems(options, log_);
    return *database_;
  }
  Database& database() { return *database_; }

  // Ends every connection of this database but the one that asks.
  void breakConnections() const {
    kavro::testing::executeOn(kavro::testing::sharedServices().postgres.adminUrl(),
                              "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" +
                                  postgres_.name() + "'");
  }

  std::string refusal(Options options) {
    if (options.url.empty()) options.url = postgres_.url();
    options.log = log_.log();
    try {
      Database::open(options);
    } catch (const DatabaseError& error) {
      return error.what();
    }
    return "not refused";
  }

  kavro::testing::PostgresDatabase postgres_{kavro::testing::sharedServices().postgres};
  LogLines log_;
  std::unique_ptr<Database> database_;
};

TEST_F(PostgresDatabaseTest, ManyThreadsReadAndWrite) {
  Options options;
  options.write_sessions = 4;
  open(options);
  constexpr int kThreads = 8, kEach = 50;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(thread) + "-" + std::to_string(i);
        if (write(database(), kInsert, {textValue(name)}) != KAVRO_OK) ++failures;
        Rows rows;
        const auto find = [&](Session& session) {
          return execute(session, "SELECT id FROM item WHERE name = $1", {textValue(name)}, &rows);
        };
        if (read(database(), find) != KAVRO_OK || rows.size() != 1) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(postgres_.value(std::string(kCount)), std::to_string(kThreads * kEach));
  EXPECT_EQ(database().statistics().writes, static_cast<std::uint64_t>(kThreads * kEach));
  EXPECT_EQ(database().statistics().reads, static_cast<std::uint64_t>(kThreads * kEach));
}

TEST_F(PostgresDatabaseTest, BrokenConnectionsAreMadeAgainAndNobodyNotices) {
  open();
  ASSERT_EQ(write(database(), kInsert, {textValue("a")}), KAVRO_OK);
  ASSERT_EQ(query(database(), kCount), (Rows{{"1"}}));
  for (int round = 0; round < 3; ++round) {
    breakConnections();
    EXPECT_EQ(writeStatementLater(database(), std::string(kInsert), {"b" + std::to_string(round)}).get(), KAVRO_OK);
    EXPECT_EQ(query(database(), kCount), (Rows{{std::to_string(round + 2)}}));
  }
}

TEST_F(PostgresDatabaseTest, WhatBreaksBeforeTheCommitIsRunAgain) {
  open();
  int runs = 0;
  EXPECT_EQ(write(database(),
                  [&](Session& session) {
                    execute(session, kInsert, {textValue("first")});
                    if (++runs == 1) breakConnections();
                    return execute(session, kInsert, {textValue("second")});
                  }),
            KAVRO_OK);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(postgres_.value(std::string(kCount)), "2");
  runs = 0;
  EXPECT_EQ(read(database(),
                 [&](Session& session) {
                   execute(session, kCount);
                   if (++runs == 1) breakConnections();
                   return execute(session, kCount);
                 }),
            KAVRO_OK);
  EXPECT_EQ(runs, 2);
}

TEST_F(PostgresDatabaseTest, WhatBreaksWhileItIsCommittedIsNotRunAgain) {
  Options options;
  options.write_sessions = 1;
  open(options);
  postgres_.execute(
      "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_lock(1); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
      "EXECUTE FUNCTION wait()");
  const kavro::testing::PostgresAddress& server = kavro::testing::sharedServices().postgres;
  std::atomic<int> runs = 0;
  std::thread breaker;
  {
    // Holds the lock that the commit waits for, until the connection that commits was broken.
    const std::unique_ptr<PGconn, decltype(&PQfinish)> holder(PQconnectdb(postgres_.url().c_str()), &PQfinish);
    PQclear(PQexec(holder.get(), "SELECT pg_advisory_lock(1)"));
    auto outcome = writeLater(database(), [&](Session& session) {
      ++runs;
      return execute(session, kInsert, {textValue("a")});
    });
    const std::string waiting = "FROM pg_stat_activity WHERE datname = '" + postgres_.name() +
                                "' AND query = 'COMMIT' AND wait_event = 'advisory'";
    while (kavro::testing::executeOn(server.adminUrl(), "SELECT count(*) " + waiting)[0][0] != "1") {
    }
    kavro::testing::executeOn(server.adminUrl(), "SELECT pg_terminate_backend(pid) " + waiting);
    EXPECT_EQ(outcome.get(), KAVRO_UNAVAILABLE);
  }
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(log_.count("it may or may not be stored"), 1u) << log_.all();
}

// Two servers write with several sessions each, while a reader goes on from the last id it has seen.
TEST_F(PostgresDatabaseTest, WithALockIdsGrowInTheOrderInWhichTheyAreSeen) {
  constexpr int kWriters = 8, kEach = 100;
  Options options;
  options.url = postgres_.url();
  options.write_sessions = 4;
  LogLines log;
  const std::unique_ptr<Database> nodes[2] = {openWithItems(options, log), openWithItems(options, log)};
  std::atomic<int> failures = 0;
  std::atomic<int> writing = kWriters;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(writer) + "-" + std::to_string(i);
        if (writeStatementLater(*nodes[writer % 2], std::string(kInsert), {name}, nullptr, "items").get() != KAVRO_OK) {
          ++failures;
        }
      }
      --writing;
    });
  }
  std::size_t seen = 0;
  std::string last = "0";
  for (bool more = true; more;) {
    more = writing > 0;  // before the query, so that the last one sees everything
    for (const auto& row : query(*nodes[0], "SELECT id FROM item WHERE id > " + last + " ORDER BY id LIMIT 50")) {
      ++seen;
      last = row[0];
      more = true;
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(seen, static_cast<std::size_t>(kWriters * kEach));
}

TEST_F(PostgresDatabaseTest, ADeadlockIsRunAgain) {
  Options options;
  options.write_sessions = 2;
  open(options);
  ASSERT_EQ(write(database(), "INSERT INTO item (name, value) VALUES ('a', 0), ('b', 0)"), KAVRO_OK);
  std::atomic<int> inside = 0;
  const auto raise = [&](const char* first, const char* second) {
    return writeLater(database(), [&inside, first, second](Session& session) {
      const char* sql = "UPDATE item SET value = value + 1 WHERE name = $1";
      if (const kavro_status status = execute(session, sql, {textValue(first)}); status != KAVRO_OK) return status;
      ++inside;
      while (inside < 2) std::this_thread::yield();  // both hold their first row
      return execute(session, sql, {textValue(second)});
    });
  };
  auto one = raise("a", "b");
  while (inside < 1) std::this_thread::yield();
  auto two = raise("b", "a");
  EXPECT_EQ(one.get(), KAVRO_OK);
  EXPECT_EQ(two.get(), KAVRO_OK);
  EXPECT_EQ(postgres_.value("SELECT sum(value) FROM item"), "4");
}

TEST_F(PostgresDatabaseTest, ASlowStatementIsEnded) {
  Options options;
  options.statement_timeout = 50ms;
  open(options);
  const auto sleep = [](Session& session) { return execute(session, "SELECT pg_sleep(30)::text"); };
  EXPECT_EQ(read(database(), sleep), KAVRO_TIMEOUT);
  EXPECT_EQ(write(database(), sleep), KAVRO_TIMEOUT);
  EXPECT_EQ(query(database(), kCount), (Rows{{"0"}}));
}

TEST_F(PostgresDatabaseTest, ATableThatChangedUnderAPreparedStatementIsNoFailure) {
  open();
  ASSERT_EQ(query(database(), "SELECT * FROM item"), (Rows{}));
  postgres_.execute("ALTER TABLE item ADD COLUMN extra TEXT");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(query(database(), "SELECT * FROM item"), (Rows{}));
}

TEST_F(PostgresDatabaseTest, WithoutPreparedStatementsAllOfItWorks) {
  Options options;
  options.prepared_statements = false;
  options.statement_timeout = 200ms;
  open(options);
  EXPECT_EQ(write(database(), kInsert, {textValue("a")}), KAVRO_OK);
  EXPECT_EQ(write(database(), kInsert, {textValue("a")}), KAVRO_CONFLICT);
  EXPECT_EQ(query(database(), "SELECT name FROM item"), (Rows{{"'a'"}}));
  EXPECT_EQ(read(database(), [](Session& session) { return execute(session, "SELECT pg_sleep(30)::text"); }),
            KAVRO_TIMEOUT);
  EXPECT_EQ(query(database(), "SELECT count(*) FROM pg_prepared_statements"), (Rows{{"0"}}));
}

TEST_F(PostgresDatabaseTest, AcknowledgedIsOnDiskWhateverTheDatabasesDefault) {
  kavro::testing::executeOn(kavro::testing::sharedServices().postgres.adminUrl(),
                            "ALTER DATABASE " + postgres_.name() + " SET synchronous_commit = off");
  for (const bool prepared : {true, false}) {
    Options options;
    options.prepared_statements = prepared;
    open(options);
    Rows rows;
    EXPECT_EQ(write(database(),
                    [&](Session& session) {
                      rows.clear();
                      return execute(session, "SELECT current_setting('synchronous_commit')", {}, &rows);
                    }),
              KAVRO_OK);
    EXPECT_EQ(rows, (Rows{{"'on'"}}));
  }
}

TEST_F(PostgresDatabaseTest, WhatCannotBeUsedIsSaidAtOnce) {
  const std::string database = postgres_.name();
  const kavro::testing::PostgresAddress& server = kavro::testing::sharedServices().postgres;
  Options options;
  options.start_wait = 60s;  // which none of these is worth
  options.url = server.url("no_such_database");
  EXPECT_NE(refusal(options).find("does not exist"), std::string::npos);
  options.url = "postgresql://kavro:hunter2@127.0.0.1:" + std::to_string(server.port) + "/" + database;
  const std::string wrong_password = refusal(options);
  EXPECT_NE(wrong_password.find("authentication failed"), std::string::npos) << wrong_password;
  EXPECT_EQ(wrong_password.find("hunter2"), std::string::npos) << wrong_password;
  options.url = server.url(database) + "?sslmode=require";
  EXPECT_NE(refusal(options).find("does not support SSL"), std::string::npos);
  options.url = "postgresql://localhost/x?colour=blue";
  EXPECT_NE(refusal(options).find("colour"), std::string::npos);
  kavro::testing::executeOn(server.adminUrl(), "CREATE DATABASE " + database + "_ascii OWNER kavro ENCODING "
                                               "'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  options.url = server.url(database + "_ascii");
  EXPECT_NE(refusal(options).find("has the encoding SQL_ASCII; expected UTF8"), std::string::npos);
  kavro::testing::executeOn(server.adminUrl(), "DROP DATABASE " + database + "_ascii");
  options.url.clear();
  options.read_sessions = 0;
  EXPECT_NE(refusal(options).find("must be at least 1"), std::string::npos);
}

TEST_F(PostgresDatabaseTest, ThePasswordMayComeByItself) {
  const kavro::testing::PostgresAddress& server = kavro::testing::sharedServices().postgres;
  Options options;
  options.url = "postgresql://kavro@127.0.0.1:" + std::to_string(server.port) + "/" + postgres_.name();
  EXPECT_NE(refusal(options), "not refused");
  options.password = server.password;
  EXPECT_EQ(refusal(options), "not refused");
}

TEST_F(PostgresDatabaseTest, AFullQueueRefuses) {
  Options options;
  options.queue_max = 2;
  options.write_sessions = options.read_sessions = 1;
  open(options);
  BusyWriter busy(database());
  auto first = writeLater(database(), [](Session&) -> kavro_status { return KAVRO_OK; });
  auto second = writeLater(database(), [](Session&) -> kavro_status { return KAVRO_OK; });
  EXPECT_EQ(write(database(), [](Session&) -> kavro_status { return KAVRO_OK; }), KAVRO_UNAVAILABLE);
  busy.release();
  EXPECT_EQ(first.get(), KAVRO_OK);
  EXPECT_EQ(second.get(), KAVRO_OK);
  database().stop();
  EXPECT_EQ(write(database(), [](Session&) -> kavro_status { return KAVRO_OK; }), KAVRO_UNAVAILABLE);
  EXPECT_EQ(read(database(), [](Session&) -> kavro_status { return KAVRO_OK; }), KAVRO_UNAVAILABLE);
  EXPECT_EQ(database().statistics().writes_refused, 2u);
  EXPECT_EQ(database().statistics().reads_refused, 1u);
}

// With a server of its own, which goes away and comes back.
class PostgresRestartTest : public ::testing::Test {
 protected:
  Options options(std::chrono::milliseconds wait) {
    Options options;
    options.url = postgres_->url();
    options.wait_max = wait;
    return options;
  }

  kavro::testing::PostgresServer server_;
  std::unique_ptr<kavro::testing::PostgresDatabase> postgres_ = server_.createDatabase();
  LogLines log_;
};

TEST_F(PostgresRestartTest, AwayIsUnavailableAfterTheWaitAndBackWithoutARestart) {
  const auto database = openWithItems(options(300ms), log_);
  ASSERT_EQ(write(*database, kInsert, {textValue("before")}), KAVRO_OK);
  server_.stopImmediate();
  for (int i = 0; i < 3; ++i) {
    const Clock::time_point begin = Clock::now();
    EXPECT_EQ(write(*database, kInsert, {textValue("away")}), KAVRO_UNAVAILABLE);
    EXPECT_EQ(read(*database, [](Session& session) { return execute(session, kCount); }), KAVRO_UNAVAILABLE);
    EXPECT_LT(Clock::now() - begin, 10s);
  }
  EXPECT_EQ(log_.count("the database is away"), 1u) << log_.all();
  server_.start();
  EXPECT_EQ(write(*database, kInsert, {textValue("after")}), KAVRO_OK);
  EXPECT_EQ(query(*database, kCount), (Rows{{"2"}}));
  EXPECT_EQ(log_.count("the database is back"), 1u) << log_.all();
}

TEST_F(PostgresRestartTest, WhoWaitsLongEnoughNoticesNothing) {
  const auto database = openWithItems(options(60s), log_);
  ASSERT_EQ(write(*database, kInsert, {textValue("before")}), KAVRO_OK);
  server_.stopImmediate();
  auto waiting = writeLater(*database, [](Session& session) {
    return execute(session, kInsert, {textValue("meanwhile")});
  });
  server_.start();
  EXPECT_EQ(waiting.get(), KAVRO_OK);
  EXPECT_EQ(query(*database, kCount), (Rows{{"2"}}));
}

TEST_F(PostgresRestartTest, AStartWaitsForAServerThatIsNotThereYet) {
  server_.stopFast();
  Options waiting = options(1s);
  waiting.start_wait = 60s;
  std::unique_ptr<Database> database;
  std::thread starting([&] { database = openWithItems(waiting, log_); });
  server_.start();
  starting.join();
  EXPECT_EQ(write(*database, kInsert, {textValue("a")}), KAVRO_OK);
  server_.stopFast();
  waiting.start_wait = 0s;
  EXPECT_THROW(openWithItems(waiting, log_), DatabaseError);
}

TEST(PostgresTls, IsUsedWhereTheUrlAsksForIt) {
  kavro::testing::PostgresServer server({kavro::testing::ServiceTransport::kTls, {}});
  const auto postgres = server.createDatabase();
  LogLines log;
  Options options;
  options.url = postgres->url() + "?sslmode=require";
  const auto database = openWithItems(options, log);
  EXPECT_EQ(query(*database, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), (Rows{{"1"}}));
}

}  // namespace
}  // namespace kavro::database::testing
