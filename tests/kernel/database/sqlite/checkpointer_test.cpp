// Checkpoints beside a writer that never pauses, on a real file.
#include "kernel/database/sqlite/checkpointer.hpp"

#include <filesystem>
#include <limits>

#include "kernel/database/sqlite/database_file.hpp"
#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::sqlite {
namespace {

constexpr std::uintmax_t kPageBytes = 4096;
constexpr int kPagesACommit = 64;

class CheckpointerTest : public ::testing::Test {
 protected:
  CheckpointerTest() { writer_->run("CREATE TABLE item (value BLOB)"); }

  std::unique_ptr<Connection> connect() {
    return std::make_unique<Connection>(file_, Connection::Access::kWrite,
                                        Connection::Options{std::chrono::milliseconds(5000)});
  }
  // Commits one after the other, of `pages` rounded up to whole ones; each new row takes a little more than one page.
  void writePages(int pages) {
    for (int written = 0; written < pages; written += kPagesACommit) {
      writer_->run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                   std::to_string(kPagesACommit) + ") INSERT INTO item SELECT randomblob(4000) FROM n");
    }
  }
  std::uintmax_t logPages() const { return std::filesystem::file_size(file_ + "-wal") / kPageBytes; }
  std::string rows() { return writer_->run("SELECT count(*) FROM item"); }

  testing::TemporaryFolder folder_;
  testing::LogLines lines_;
  LimitedLog log_{lines_.log()};
  std::string file_ = prepareDatabaseFile(folder_.file("kavro.db"), {});
  FileState state_{file_, log_};
  std::uint64_t free_bytes_ = std::numeric_limits<std::uint64_t>::max();
  std::unique_ptr<Connection> writer_ = connect();
};

TEST_F(CheckpointerTest, TheLogStartsAgainWhileWritesGoOn) {
  Checkpointer checkpointer(
      connect(), state_, [this] { return free_bytes_; }, log_);
  checkpointer.watch(*writer_);
  writePages(16 * Checkpointer::kBeginPages);
  EXPECT_LT(logPages(), 6u * Checkpointer::kBeginPages);
  EXPECT_EQ(rows(), std::to_string(16 * Checkpointer::kBeginPages));
  EXPECT_EQ(lines_.all(), "");
}

// The log took all of a small disk before anything was copied, and then nothing could be.
TEST_F(CheckpointerTest, OnADiskThatIsNearlyFullTheLogStaysShort) {
  free_bytes_ = Checkpointer::kLittleBytes - 1;
  Checkpointer checkpointer(
      connect(), state_, [this] { return free_bytes_; }, log_);
  checkpointer.watch(*writer_);
  writePages(3 * Checkpointer::kBeginPages);
  EXPECT_LT(logPages(), Checkpointer::kBeginPages / 2u);
  // It waits for nobody, not for the thread either, which may be copying.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (logPages() > 0 && std::chrono::steady_clock::now() < give_up) checkpointer.emptyLog(writer_->handle());
  EXPECT_EQ(logPages(), 0u);
  EXPECT_EQ(lines_.all(), "");
}

TEST_F(CheckpointerTest, AReadThatLastsHoldsTheLogAndFailsNothing) {
  Checkpointer checkpointer(
      connect(), state_, [this] { return free_bytes_; }, log_);
  checkpointer.watch(*writer_);
  const std::unique_ptr<Connection> reader = connect();
  reader->run("BEGIN");
  ASSERT_EQ(reader->run("SELECT count(*) FROM item"), "0");
  writePages(4 * Checkpointer::kBeginPages);
  const std::uintmax_t held = logPages();
  EXPECT_GT(held, 4u * Checkpointer::kBeginPages);
  EXPECT_EQ(reader->run("SELECT count(*) FROM item"), "0");
  reader->run("COMMIT");
  writePages(6 * Checkpointer::kBeginPages);
  EXPECT_LT(logPages(), held + 4u * Checkpointer::kBeginPages);
  EXPECT_EQ(lines_.all(), "");
}

// Its pages would be lost with it, and the log is what there is beside a backup.
TEST_F(CheckpointerTest, NothingIsCopiedIntoADamagedDatabase) {
  const auto before = std::filesystem::file_size(file_);
  Checkpointer checkpointer(
      connect(), state_, [this] { return free_bytes_; }, log_);
  checkpointer.watch(*writer_);
  writePages(1);
  state_.note(SQLITE_CORRUPT, "by a test");
  writePages(2 * Checkpointer::kBeginPages);
  writer_->keepLog();
  writer_.reset();
  checkpointer.stop();
  EXPECT_EQ(std::filesystem::file_size(file_), before);
  EXPECT_GT(logPages(), 2u * Checkpointer::kBeginPages);
}

TEST_F(CheckpointerTest, WhatWasCommittedIsThereAfterItStopped) {
  {
    Checkpointer checkpointer(
        connect(), state_, [this] { return free_bytes_; }, log_);
    checkpointer.watch(*writer_);
    writePages(2 * Checkpointer::kBeginPages);
    checkpointer.stop();
    checkpointer.stop();
  }
  const std::string before = rows();
  writer_ = connect();
  EXPECT_EQ(rows(), before);
  EXPECT_EQ(writer_->run("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace kavro::database::sqlite
