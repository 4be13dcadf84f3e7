#include "kernel/database/postgresql/migrator.hpp"

#include <thread>

#include "tests/kernel/database/database_fixture.hpp"
#include "tests/services/shared_services.hpp"

namespace kavro::database::testing {
namespace {

using Migrations = std::vector<Migration>;

class PostgresMigratorTest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> open() {
    Options options;
    options.url = postgres_.url();
    options.log = log_.log();
    return Database::open(options);
  }

  std::string refusal(const Migrations& migrations) {
    try {
      open()->migrate(migrations);
    } catch (const DatabaseError& error) {
      return error.what();
    }
    return "not refused";
  }

  kavro::testing::PostgresDatabase postgres_{kavro::testing::sharedServices().postgres};
  LogLines log_;
};

const Migration kFirst{"shop", 1, "items", "CREATE TABLE item (id {id}, picture {bytes}); CREATE INDEX i ON item (picture)"};
const Migration kSecond{"shop", 2, "names", "ALTER TABLE item ADD COLUMN name TEXT NOT NULL DEFAULT ';'"};

TEST_F(PostgresMigratorTest, RunsInOrderOnceAndRemembers) {
  open()->migrate(Migrations{kFirst});
  open()->migrate(Migrations{kFirst, kSecond});
  open()->migrate(Migrations{kFirst, kSecond});
  EXPECT_EQ(postgres_.value("SELECT string_agg(owner || version || summary, ',' ORDER BY version) "
                            "FROM kavro_migrations"),
            "shop1items,shop2names");
  EXPECT_EQ(log_.count("applied migration"), 2u);
  EXPECT_EQ(postgres_.value("INSERT INTO item (picture) VALUES ('\\x00') RETURNING id || name"), "1;");
}

TEST_F(PostgresMigratorTest, IdsCountUpAndAreNeverReused) {
  open()->migrate(Migrations{kFirst});
  postgres_.execute("INSERT INTO item (picture) VALUES (NULL), (NULL); DELETE FROM item");
  EXPECT_EQ(postgres_.value("INSERT INTO item (picture) VALUES (NULL) RETURNING id"), "3");
  EXPECT_EQ(postgres_.value("INSERT INTO item (id) VALUES (70) RETURNING id"), "70");
}

TEST_F(PostgresMigratorTest, OfAFailingOneNothingIsKeptAndTheEarlierOnesStay) {
  const Migration bad{"shop", 2, "bad", "CREATE TABLE other (id {id}); INSERT INTO nowhere VALUES (1)"};
  const std::string why = refusal({kFirst, bad});
  EXPECT_NE(why.find("migration 2 of shop (bad) failed and nothing of it was kept: "), std::string::npos) << why;
  EXPECT_EQ(postgres_.value("SELECT count(*) FROM kavro_migrations"), "1");
  EXPECT_EQ(postgres_.value("SELECT count(*) FROM pg_tables WHERE tablename = 'other'"), "0");
}

TEST_F(PostgresMigratorTest, ItCannotLeaveItsTransaction) {
  for (const char* sql : {"CREATE TABLE a (b TEXT); COMMIT; CREATE TABLE c (d TEXT)", "DELETE FROM kavro_migrations"}) {
    EXPECT_NE(refusal({{"shop", 1, "leave", sql}}).find("the kernel's own"), std::string::npos) << sql;
  }
  EXPECT_EQ(postgres_.value("SELECT count(*) FROM pg_tables WHERE tablename IN ('a', 'c')"), "0");
}

TEST_F(PostgresMigratorTest, AChangedOneIsRefused) {
  open()->migrate(Migrations{kFirst});
  Migration changed = kFirst;
  changed.sql += " ";
  EXPECT_NE(refusal({changed}).find("has changed since it was applied"), std::string::npos);
}

TEST_F(PostgresMigratorTest, OfServersThatStartAtOnceOneRunsEachStep) {
  Migrations migrations;
  for (std::uint32_t i = 1; i <= 10; ++i) {
    migrations.push_back({"shop", i, "step", "CREATE TABLE step" + std::to_string(i) + " (id {id})"});
  }
  std::vector<std::string> outcomes(6, "applied");
  std::vector<std::thread> servers;
  for (std::string& outcome : outcomes) {
    servers.emplace_back([&] {
      try {
        open()->migrate(migrations);
      } catch (const std::exception& error) {
        outcome = error.what();
      }
    });
  }
  for (std::thread& server : servers) server.join();
  EXPECT_EQ(outcomes, std::vector<std::string>(6, "applied"));
  EXPECT_EQ(log_.count("applied migration"), 10u);
}

}  // namespace
}  // namespace kavro::database::testing
