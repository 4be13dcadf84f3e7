// The database grows before its log is copied; a disk that is full, and has room again.
#include "kernel/database/sqlite/room.hpp"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <limits>

#include "kernel/database/sqlite/database_file.hpp"
#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::sqlite {
namespace {

constexpr std::uint64_t kBig = 4 * 1024 * 1024;

class RoomTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> connect() {
    return std::make_unique<Connection>(file_, Connection::Access::kWrite,
                                        Connection::Options{std::chrono::milliseconds(5000)});
  }
  std::uintmax_t size() const { return std::filesystem::file_size(file_); }

  testing::TemporaryFolder folder_;
  testing::LogLines lines_;
  LimitedLog log_{lines_.log()};
  std::string file_ = prepareDatabaseFile(folder_.file("kavro.db"), {});
  FileState state_{file_, log_};
  std::unique_ptr<Connection> writer_ = connect();
  Checkpointer checkpointer_{connect(), state_, [] { return std::numeric_limits<std::uint64_t>::max(); }, log_};
  Room room_{file_, checkpointer_};
};

TEST_F(RoomTest, TheFileGrowsInStepsAndStaysADatabase) {
  EXPECT_TRUE(room_.reserve(writer_->handle(), 100'000));
  EXPECT_EQ(size(), Room::kStepBytes);
  EXPECT_TRUE(room_.reserve(writer_->handle(), Room::kStepBytes));
  EXPECT_EQ(size(), Room::kStepBytes);
  EXPECT_TRUE(room_.reserve(writer_->handle(), Room::kStepBytes + 1));
  EXPECT_EQ(size(), 2 * Room::kStepBytes);
  EXPECT_FALSE(room_.isShort());
  writer_->run("CREATE TABLE item (value BLOB); INSERT INTO item VALUES (randomblob(9000))");
  EXPECT_TRUE(writer_->emptyLog());
  EXPECT_EQ(writer_->run("PRAGMA integrity_check"), "ok");
}

TEST_F(RoomTest, OnlyAFullDiskIsShort) {
  room_.note(SQLITE_IOERR_WRITE);
  EXPECT_FALSE(room_.isShort());
  room_.note(SQLITE_FULL);
  EXPECT_TRUE(room_.isShort());
  EXPECT_EQ(room_.recover(writer_->handle(), size()), "") << "this machine's disk is not full";
  EXPECT_FALSE(room_.isShort());
}

TEST_F(RoomTest, WhileTheLogHasNowhereToGoItSaysHowMuchIsMissing) {
  // In a process of its own: the limit on the size of its files stands for a full disk.
  EXPECT_EXIT(
      {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit{};
        getrlimit(RLIMIT_FSIZE, &limit);
        const rlimit unlimited = limit;
        limit.rlim_cur = Room::kStepBytes;
        setrlimit(RLIMIT_FSIZE, &limit);
        bool good = !room_.reserve(writer_->handle(), kBig) && room_.isShort();
        const std::string why = room_.recover(writer_->handle(), kBig);
        good = good && why.find("KiB more are needed") != std::string::npos && room_.isShort();
        good = good && room_.recover(writer_->handle(), 4096).empty();  // what fits is written
        std::filesystem::resize_file(file_, Room::kStepBytes - 4096);   // as another program does
        limit.rlim_cur = Room::kStepBytes - 4096;
        setrlimit(RLIMIT_FSIZE, &limit);
        good = good && room_.reserve(writer_->handle(), Room::kStepBytes - 4096);
        good = good && !room_.reserve(writer_->handle(), Room::kStepBytes);
        room_.note(SQLITE_FULL);
        setrlimit(RLIMIT_FSIZE, &unlimited);
        good = good && room_.recover(writer_->handle(), kBig).empty() && !room_.isShort() && size() == kBig;
        std::exit(good ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace kavro::database::sqlite
