// What the files' state says about writing, without a database; with one it is tested in sqlite_database_test.cpp.
#include "kernel/database/sqlite/file_state.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::sqlite {
namespace {

namespace fs = std::filesystem;

class FileStateTest : public ::testing::Test {
 protected:
  // Both files, as if a connection had just opened them.
  void openFiles() {
    std::ofstream(file_) << "database";
    std::ofstream(wal_) << "log";
    state_.remember(wal_);
  }

  testing::TemporaryFolder folder_;
  testing::LogLines lines_;
  LimitedLog log_{lines_.log()};
  std::string file_ = folder_.file("kavro.db");
  std::string wal_ = file_ + "-wal";
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

// SQLite says of a page that the disk did not give once that the database is damaged.
TEST_F(FileStateTest, DamageIsConfirmedBeforeTheNextWrite) {
  std::string found;
  int confirmed = 0;
  FileState state(file_, log_, [&] {
    ++confirmed;
    return found;
  });
  state.note(SQLITE_CORRUPT, "a read failed");
  EXPECT_TRUE(state.isDamaged()) << "until it is known better";
  EXPECT_FALSE(state.isGood());
  EXPECT_EQ(state.whyNotOpen(), "");
  EXPECT_EQ(confirmed, 0);
  EXPECT_EQ(state.whyNotWrite(), "");
  EXPECT_FALSE(state.isDamaged());
  found = "page 7";
  state.note(SQLITE_CORRUPT, "again");
  EXPECT_NE(state.whyNotWrite(), "");
  EXPECT_NE(state.whyNotWrite(), "");
  EXPECT_EQ(confirmed, 2);
  EXPECT_EQ(lines_.count("is damaged (page 7): nothing is written any more"), 1u);
}

TEST_F(FileStateTest, OtherFailuresAreNoDamage) {
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_BUSY, SQLITE_NOMEM, SQLITE_CORRUPT_VTAB}) {
    state_.note(code, "a failure");
  }
  EXPECT_FALSE(state_.isDamaged());
  EXPECT_EQ(state_.whyNotWrite(), "");
  EXPECT_EQ(lines_.all(), "");
}

// Each read blocked its reactor for 10 s, one after the other.
TEST_F(FileStateTest, WhileLocksFailOneReadASecondIsTried) {
  const auto now = FileState::Clock::now();
  EXPECT_TRUE(state_.mayRead());
  state_.noteAt(now, SQLITE_PROTOCOL, "locking protocol");
  EXPECT_FALSE(state_.mayRead());
  EXPECT_FALSE(state_.isGood());
  EXPECT_EQ(state_.whyNotWrite(), "the locks of the database " + file_ + " fail");
  EXPECT_TRUE(state_.mayTryAt(now + FileState::kTryEvery));
  EXPECT_FALSE(state_.mayTryAt(now + FileState::kTryEvery)) << "one only";
  state_.noteAt(now + FileState::kTryEvery, SQLITE_PROTOCOL, "locking protocol");
  EXPECT_EQ(lines_.count("the locks of the database " + file_ + " fail (locking protocol)"), 1u);
  state_.noteAt(now + FileState::kRemindEvery, SQLITE_PROTOCOL, "locking protocol");
  EXPECT_EQ(lines_.count("if that does not end, start the server again"), 2u);
  state_.noteRead();
  EXPECT_TRUE(state_.mayRead());
  EXPECT_TRUE(state_.isGood());
  EXPECT_EQ(lines_.count("work again"), 1u);
}

TEST_F(FileStateTest, WithoutReadsLocksThatFailedAreForgotten) {
  state_.noteAt(FileState::Clock::now() - FileState::kForget, SQLITE_PROTOCOL, "locking protocol");
  EXPECT_EQ(state_.whyNotWrite(), "");
  EXPECT_TRUE(state_.isGood()) << "or nobody would send a read to a server that is not ready";
}

TEST_F(FileStateTest, BeforeItKnowsTheFilesNothingIsWrong) {
  EXPECT_TRUE(state_.inPlace());
  EXPECT_TRUE(state_.isGood());
  EXPECT_EQ(state_.whyNotWrite(), "");
}

TEST_F(FileStateTest, FilesThatAreMovedAwayAndBack) {
  openFiles();
  EXPECT_TRUE(state_.inPlace());
  for (const auto& [path, why] :
       {std::pair{file_, "the file was deleted or moved while the server uses it"},
        std::pair{wal_, "was deleted or moved while the server uses it; put it back, or stop"}}) {
    fs::rename(path, path + ".elsewhere");
    EXPECT_FALSE(state_.inPlace());
    EXPECT_FALSE(state_.inPlace());
    EXPECT_FALSE(state_.isGood());
    EXPECT_NE(state_.whyNotWrite().find(why), std::string::npos) << state_.whyNotWrite();
    EXPECT_EQ(lines_.count(why), 1u) << lines_.all();
    fs::rename(path + ".elsewhere", path);
    EXPECT_EQ(state_.whyNotWrite(), "") << "it does not look again";
    EXPECT_TRUE(state_.isGood());
  }
  EXPECT_EQ(lines_.count("the files of the database " + file_ + " are back"), 2u);
}

TEST_F(FileStateTest, AnotherFileInTheirPlace) {
  openFiles();
  for (const std::string& path : {file_, wal_}) {
    fs::rename(path, path + ".elsewhere");
    fs::copy_file(path + ".elsewhere", path);
    EXPECT_FALSE(state_.inPlace());
    EXPECT_TRUE(state_.keepsLog());
    EXPECT_NE(state_.whyNotWrite().find("another file is in"), std::string::npos) << state_.whyNotWrite();
    fs::rename(path + ".elsewhere", path);
  }
  EXPECT_TRUE(state_.inPlace());
  EXPECT_FALSE(state_.keepsLog());
}

TEST_F(FileStateTest, ALogThatIsMissingIsCopiedAtTheEndAndADatabaseIsNot) {
  openFiles();
  fs::remove(wal_);
  EXPECT_FALSE(state_.keepsLog());
  fs::remove(file_);
  EXPECT_TRUE(state_.keepsLog());
}

// A link whose target changes is another database at the next start.
TEST_F(FileStateTest, ALinkIsFollowed) {
  std::ofstream(folder_.file("one.db")) << "database";
  std::ofstream(folder_.file("two.db")) << "database";
  fs::create_symlink(folder_.file("one.db"), file_);
  state_.remember(folder_.file("one.db-wal"));
  EXPECT_TRUE(state_.inPlace());
  fs::remove(file_);
  fs::create_symlink(folder_.file("two.db"), file_);
  EXPECT_FALSE(state_.inPlace());
}

}  // namespace
}  // namespace kavro::database::sqlite
