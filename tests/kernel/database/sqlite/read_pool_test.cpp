#include "kernel/database/sqlite/read_pool.hpp"

#include <thread>

#include "kernel/database/sqlite/database_file.hpp"
#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::sqlite {
namespace {

using namespace std::chrono_literals;

class ReadPoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteSession> open() {
    if (broken_) throw DatabaseError("the file has gone");
    return std::make_unique<SqliteSession>(
        std::make_unique<Connection>(file_, Connection::Access::kRead,
                                     Connection::Options{std::chrono::milliseconds(100)}),
        state_, log_);
  }
  std::unique_ptr<ReadPool> pool(std::size_t sessions_max, std::chrono::milliseconds wait) {
    return std::make_unique<ReadPool>([this] { return open(); }, sessions_max, wait, log_);
  }

  bool broken_ = false;
  testing::TemporaryFolder folder_;
  testing::LogLines lines_;
  LimitedLog log_{lines_.log()};
  std::string file_ = prepareDatabaseFile(folder_.file("kavro.db"), {});
  FileState state_{file_, log_};
};

TEST_F(ReadPoolTest, GrowsWhenNeededAndLendsAgain) {
  const auto sessions = pool(2, 1ms);
  auto first = sessions->take();
  auto second = sessions->take();
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(sessions->take(), nullptr);
  EXPECT_EQ(lines_.count("a read was refused: all 2 read sessions were in use for 1 ms"), 1u);
  const SqliteSession* given = first.get();
  sessions->give(std::move(first));
  EXPECT_EQ(sessions->take().get(), given);
}

TEST_F(ReadPoolTest, AThreadGetsTheSessionItHadLast) {
  const auto sessions = pool(2, 1ms);
  auto mine = sessions->take();
  const SqliteSession* had = mine.get();
  auto other = sessions->take();
  sessions->give(std::move(mine));
  std::thread([&] { sessions->give(std::move(other)); }).join();  // given back last, by somebody else
  EXPECT_EQ(sessions->take().get(), had);
}

TEST_F(ReadPoolTest, AWaitingReadGetsTheOneThatIsGivenBack) {
  const auto sessions = pool(1, 1min);
  auto only = sessions->take();
  std::unique_ptr<SqliteSession> received;
  std::thread waiting([&] { received = sessions->take(); });
  sessions->give(std::move(only));
  waiting.join();
  EXPECT_NE(received, nullptr);
}

TEST_F(ReadPoolTest, WhatCannotBeOpenedIsRefusedAndTriedAgain) {
  const auto sessions = pool(2, 1ms);
  auto first = sessions->take();
  broken_ = true;
  EXPECT_EQ(sessions->take(), nullptr);
  EXPECT_EQ(lines_.count("the file has gone"), 1u);
  broken_ = false;
  EXPECT_NE(sessions->take(), nullptr);
  Statistics statistics;
  sessions->addTo(statistics);
  EXPECT_EQ(statistics.reads, 2u);
  EXPECT_EQ(statistics.reads_refused, 1u);
}

TEST_F(ReadPoolTest, CloseWaitsForThoseThatAreLentAndRefusesTheRest) {
  const auto sessions = pool(2, 1min);
  auto lent = sessions->take();
  std::thread closing([&] { sessions->close(); });
  while (auto session = sessions->take()) {  // until close() has begun
    sessions->give(std::move(session));
    std::this_thread::yield();
  }
  sessions->give(std::move(lent));
  closing.join();
  EXPECT_EQ(sessions->take(), nullptr);
}

}  // namespace
}  // namespace kavro::database::sqlite
