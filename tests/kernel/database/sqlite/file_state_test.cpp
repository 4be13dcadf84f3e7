// What the files' state says about writing, without a database; with one it is tested in sqlite_database_test.cpp.
#include "kernel/database/sqlite/file_state.hpp"

#include <sqlite3.h>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::sqlite {
namespace {

class FileStateTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  testing::LogLines lines_;
  LimitedLog log_{lines_.log()};
  std::string file_ = folder_.file("kavro.db");
  FileState state_{file_, log_};
};

TEST_F(FileStateTest, DamageIsFinalAndToldOnce) {
  EXPECT_EQ(state_.whyNotWrite(), "");
  state_.note(SQLITE_CORRUPT_INDEX, "a row is missing");
  state_.note(SQLITE_NOTADB, "something else");
  state_.note(SQLITE_OK, "not an error");
  EXPECT_TRUE(state_.isDamaged());
  EXPECT_EQ(state_.whyNotWrite(), "the database " + file_ + " is damaged; stop the server and restore a backup");
  EXPECT_EQ(lines_.all(), "the database " + file_ +
                              " is damaged (a row is missing): nothing is written any more; stop the server and "
                              "restore a backup\n");
}

TEST_F(FileStateTest, OtherFailuresAreNoDamage) {
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_BUSY, SQLITE_NOMEM, SQLITE_CORRUPT_VTAB}) {
    state_.note(code, "a failure");
  }
  EXPECT_FALSE(state_.isDamaged());
  EXPECT_EQ(state_.whyNotWrite(), "");
  EXPECT_EQ(lines_.all(), "");
}

}  // namespace
}  // namespace kavro::database::sqlite
