#include "kernel/database/migration.hpp"

#include <gtest/gtest.h>

#include <array>

#include "kernel/database/database.hpp"

namespace kavro::database {
namespace {

constexpr std::array<Word, 2> kWords{{{"{id}", "AN ID"}, {"{bytes}", "SOME BYTES"}}};

Migration withSql(std::string sql) { return {"messaging", 1, "create", std::move(sql)}; }
Migration step(std::uint32_t version, std::string sql = "SELECT 1") {
  return {"messaging", version, "step", std::move(sql)};
}
AppliedMigration applied(const Migration& migration) {
  return {migration.owner, migration.version, checksum(migration)};
}

std::string refusal(const std::vector<Migration>& known, const std::vector<AppliedMigration>& rows) {
  try {
    pendingMigrations(known, rows);
  } catch (const DatabaseError& error) {
    return error.what();
  }
  return "not refused";
}

TEST(Migration, WordsInBracesAreReplaced) {
  EXPECT_EQ(translate(withSql("CREATE TABLE a (id {id}, b {bytes}, c {bytes})"), kWords),
            "CREATE TABLE a (id AN ID, b SOME BYTES, c SOME BYTES)");
}

TEST(Migration, QuotesAndCommentsAreLeftAlone) {
  const std::string sql = "x '{}' \"{id}\" 'it''s {id}' -- {what}\n/* {id} */ 'open {id}";
  EXPECT_EQ(translate(withSql(sql), kWords), sql);
}

TEST(Migration, AnUnknownWordIsRefusedByName) {
  try {
    translate(withSql("CREATE TABLE a (id {serial})"), kWords);
    FAIL() << "accepted";
  } catch (const DatabaseError& error) {
    EXPECT_STREQ(error.what(),
                 "migration 1 of messaging (create) has the unknown word {serial}; expected {id} or {bytes}");
  }
  EXPECT_THROW(translate(withSql("CREATE TABLE a (id {id"), kWords), DatabaseError);
}

TEST(Migration, ChecksumIsSha256OfTheSqlAsWritten) {
  EXPECT_EQ(checksum(withSql("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(checksum(withSql("abc ")), checksum(withSql("abc")));
}

TEST(Migration, PendingAreThoseNotAppliedInTheOrderGiven) {
  const std::vector<Migration> known{step(1), {"auth", 1, "users", "SELECT 2"}, step(2), step(3)};
  const std::vector<AppliedMigration> rows{applied(known[0]), {"switched-off", 9, "whatever"}};
  const auto pending = pendingMigrations(known, rows);
  ASSERT_EQ(pending.size(), 3u);
  EXPECT_EQ(pending[0]->owner, "auth");
  EXPECT_EQ(pending[1]->version, 2u);
  EXPECT_EQ(pending[2]->version, 3u);
}

TEST(Migration, AGapOrARepetitionIsRefused) {
  EXPECT_EQ(refusal({step(1), step(3)}, {}),
            "migration 3 of messaging (step) is out of order: expected version 2 next; the versions of messaging must "
            "count from 1 without a gap");
  EXPECT_NE(refusal({step(1), step(1)}, {}).find("out of order"), std::string::npos);
  EXPECT_NE(refusal({step(0)}, {}).find("out of order"), std::string::npos);
}

TEST(Migration, AChangedOneIsRefused) {
  EXPECT_NE(refusal({step(1, "SELECT 3")}, {applied(step(1))}).find("has changed since it was applied"),
            std::string::npos);
}

TEST(Migration, ADatabaseThatIsAheadIsRefused) {
  EXPECT_EQ(refusal({step(1)}, {applied(step(1)), applied(step(2))}),
            "the database was written by a newer messaging: it has version 2 of its schema and this one knows 1; "
            "install the newer one, or go back to an older backup");
}

TEST(Migration, AHoleInTheDatabaseIsRefused) {
  EXPECT_NE(refusal({step(1), step(2)}, {applied(step(2))}).find("is missing from the database"), std::string::npos);
}

}  // namespace
}  // namespace kavro::database
