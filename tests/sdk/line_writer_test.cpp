#include <kavro/line_writer.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <map>
#include <optional>
#include <sstream>

#include "tests/sdk/temporary_folder.hpp"

namespace kavro::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Collects what is reported, and lets a test wait for it.
class Reports {
 public:
  LineWriter::Report sink() {
    return [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      texts_.push_back(text);
      changed_.notify_all();
    };
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::string waitForFirst() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(60), [this] { return !texts_.empty(); });
    return texts_.empty() ? "nothing was reported" : texts_.front();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> texts_;
};

// The size a file of this process may have, until the end of the object.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { lift(); }
  void lift() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string lossOf(std::uint64_t count) { return "lost " + std::to_string(count) + "\n"; }

std::string numbered(int i) { return "line " + std::to_string(i) + "\n"; }

TEST(LineWriter, WritesInOrderAlsoWhatCameBeforeItsStart) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({}, lossOf, reports.sink());
  std::string expected;
  for (int i = 0; i < 10000; ++i) {
    if (i == 100) writer.start(LineTarget::file(folder.file("log")));
    writer.append(numbered(i));
    expected += numbered(i);
  }
  writer.stop();
  EXPECT_EQ(expected, folder.content("log"));
  EXPECT_TRUE(reports.all().empty());
}

TEST(LineWriter, LosesNothingOfManyThreads) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({.queue_max = 1000000, .flush_interval = milliseconds(0), .sync_interval = milliseconds(10)},
                    lossOf, reports.sink());
  writer.start(LineTarget::file(folder.file("log")));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&writer, t] {
      for (int i = 0; i < 5000; ++i) writer.append(std::to_string(t) + " " + numbered(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  writer.stop();
  std::map<std::string, int> next;
  for (const std::string& line : linesOf(folder.content("log"))) {
    const std::string thread = line.substr(0, 1);
    EXPECT_EQ(thread + " line " + std::to_string(next[thread]), line);
    ++next[thread];
  }
  for (int t = 0; t < 8; ++t) EXPECT_EQ(5000, next[std::to_string(t)]);
}

TEST(LineWriter, WritesSoonWithoutBeingStopped) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({.queue_max = 10, .flush_interval = milliseconds(1)}, lossOf, reports.sink());
  writer.start(LineTarget::file(folder.file("log")));
  for (int i = 0; i < 3; ++i) {
    writer.append(numbered(i));
    const auto deadline = LineWriter::Clock::now() + seconds(60);
    while (linesOf(folder.content("log")).size() != static_cast<size_t>(i + 1) && LineWriter::Clock::now() < deadline) {
      std::this_thread::yield();
    }
    ASSERT_EQ(static_cast<size_t>(i + 1), linesOf(folder.content("log")).size());
  }
}

// Before the start nothing is written, so that the queue is full when it should be.
TEST(LineWriter, CountsInALineWhatAFullQueueDropped) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({.queue_max = 5}, lossOf, reports.sink());
  for (int i = 0; i < 12; ++i) writer.append(numbered(i));
  writer.start(LineTarget::file(folder.file("log")));
  writer.stop();
  const auto lines = linesOf(folder.content("log"));
  ASSERT_EQ(6u, lines.size());
  for (int i = 0; i < 5; ++i) EXPECT_EQ("line " + std::to_string(i), lines[static_cast<size_t>(i)]);
  EXPECT_EQ("lost 7", lines[5]);
  EXPECT_EQ(5u, writer.counts().written);
  EXPECT_EQ(7u, writer.counts().lost);
  EXPECT_EQ(0u, writer.counts().waiting);
}

// The system refuses to let the file grow in the middle of a line, and later does: the line goes on where it stopped.
TEST(LineWriter, GoesOnInTheMiddleOfALineAfterAnError) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({}, lossOf, reports.sink());
  std::string expected;
  {
    FileSizeLimit limit(40);
    writer.start(LineTarget::file(folder.file("log")));
    for (int i = 0; i < 20; ++i) {
      writer.append(numbered(i));
      expected += numbered(i);
    }
    const std::string why = reports.waitForFirst();
    EXPECT_EQ(
        folder.file("log") + " cannot be written: File too large; lines wait, and it is tried again until it works",
        why);
    EXPECT_EQ(expected.substr(0, 40), folder.content("log"));
  }
  writer.stop();
  EXPECT_EQ(expected, folder.content("log"));
  EXPECT_EQ(1u, reports.all().size());
}

// It stops although nothing can be written; the file ends with a whole line, and the log says how many are missing.
TEST(LineWriter, GivesUpAtTheEndAndLeavesWholeLines) {
  const TemporaryFolder folder;
  Reports reports;
  FileSizeLimit limit(40);
  LineWriter writer({.stop_patience = milliseconds(200)}, lossOf, reports.sink());
  writer.start(LineTarget::file(folder.file("log")));
  for (int i = 0; i < 10; ++i) writer.append(numbered(i));
  reports.waitForFirst();
  writer.stop();
  EXPECT_EQ("line 0\nline 1\nline 2\nline 3\nline 4\n", folder.content("log"));
  ASSERT_EQ(2u, reports.all().size());
  EXPECT_EQ(folder.file("log") + ": the server stops, and 5 line(s) could not be written", reports.all()[1]);
  EXPECT_EQ(10u, writer.counts().written + writer.counts().lost);
  EXPECT_GE(writer.counts().lost, 5u);
}

// As logrotate does it, again and again, while others write: every line is in one of the files, in order and whole.
TEST(LineWriter, GoesOnInANewFileWhenItsOwnIsRenamed) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({.flush_interval = milliseconds(0), .reopen_interval = milliseconds(0)}, lossOf, reports.sink());
  writer.start(LineTarget::file(folder.file("log")));
  constexpr int kRotations = 20, kLines = 500;
  std::string expected;
  for (int rotation = 0; rotation < kRotations; ++rotation) {
    for (int i = 0; i < kLines; ++i) {
      writer.append(numbered(rotation * kLines + i));
      expected += numbered(rotation * kLines + i);
    }
    std::filesystem::rename(folder.file("log"), folder.file("log." + std::to_string(rotation)));
    // The next line makes the file that the next rotation renames.
    writer.append(numbered(-rotation));
    expected += numbered(-rotation);
    const auto deadline = LineWriter::Clock::now() + seconds(60);
    while (!std::filesystem::exists(folder.file("log")) && LineWriter::Clock::now() < deadline) {
      writer.append("again\n");
      expected += "again\n";
      std::this_thread::yield();
    }
  }
  writer.stop();
  std::string found;
  for (int rotation = 0; rotation < kRotations; ++rotation) {
    const std::string content = folder.content("log." + std::to_string(rotation));
    EXPECT_TRUE(content.empty() || content.ends_with('\n'));
    found += content;
  }
  EXPECT_EQ(expected, found + folder.content("log"));
  EXPECT_TRUE(reports.all().empty());
}

TEST(LineWriter, GoesOnInTheOldFileWhileTheNewOneCannotBeOpened) {
  const TemporaryFolder folder;
  Reports reports;
  std::filesystem::create_directory(folder.file("logs"));
  LineWriter writer({.flush_interval = milliseconds(0), .reopen_interval = milliseconds(0)}, lossOf, reports.sink());
  writer.start(LineTarget::file(folder.file("logs/log")));
  writer.append("first\n");
  const auto deadline = LineWriter::Clock::now() + seconds(60);
  while (writer.counts().written < 1 && LineWriter::Clock::now() < deadline) std::this_thread::yield();
  std::filesystem::rename(folder.file("logs"), folder.file("kept"));
  writer.append("second\n");
  EXPECT_EQ("path: " + folder.file("logs/log") + " cannot be opened: No such file or directory; create the folder " +
                folder.file("logs/") + ", or set another path; lines go on to the file that was there before",
            reports.waitForFirst());
  std::filesystem::create_directory(folder.file("logs"));
  while (!std::filesystem::exists(folder.file("logs/log")) && LineWriter::Clock::now() < deadline) {
    writer.append("third\n");
    std::this_thread::yield();
  }
  writer.stop();
  EXPECT_EQ(0u, folder.content("kept/log").find("first\nsecond\n"));
  EXPECT_NE(std::string::npos, folder.content("logs/log").find("third\n"));
}

// Removed, and nothing in its place that could be written to.
class RemovedFile : public ::testing::Test {
 protected:
  void start(milliseconds stop_patience) {
    writer_.emplace(LineWriter::Options{.flush_interval = milliseconds(0), .stop_patience = stop_patience,
                                        .reopen_interval = milliseconds(0)},
                    lossOf, reports_.sink());
    writer_->start(LineTarget::file(log_));
    writer_->append("first\n");
    const auto deadline = LineWriter::Clock::now() + seconds(60);
    while (writer_->counts().written < 1 && LineWriter::Clock::now() < deadline) std::this_thread::yield();
    std::filesystem::remove(log_);
    std::filesystem::create_directory(log_);
    writer_->append("second\n");
    EXPECT_EQ("path: " + log_ + " cannot be opened: Is a directory; lines wait, and it is tried again until it works",
              reports_.waitForFirst());
  }

  const TemporaryFolder folder_;
  const std::string log_ = folder_.file("log");
  Reports reports_;
  std::optional<LineWriter> writer_;
};

TEST_F(RemovedFile, LinesWaitForAnother) {
  start(seconds(60));
  writer_->append("third\n");
  EXPECT_TRUE(writer_->failing());
  EXPECT_EQ(1u, writer_->counts().written);
  std::filesystem::remove(log_);
  writer_->stop();
  EXPECT_EQ("second\nthird\n", folder_.content("log"));
  EXPECT_EQ(0u, writer_->counts().lost);
  EXPECT_FALSE(writer_->failing());
}

TEST_F(RemovedFile, LinesAreCountedAsLostWhenItStops) {
  start(milliseconds(50));
  writer_->append("third\n");
  writer_->stop();
  EXPECT_EQ(1u, writer_->counts().written);
  EXPECT_EQ(2u, writer_->counts().lost);
  EXPECT_NE(std::string::npos, reports_.all().back().find("the server stops, and 1 line(s) could not be written"));
}

// The disk is full in the middle of a line, and somebody removes the file: the line is whole in the new one.
TEST(LineWriter, LeavesAFullFileThatWasRenamed) {
  const TemporaryFolder folder;
  Reports reports;
  FileSizeLimit limit(40);
  LineWriter writer({.reopen_interval = milliseconds(0)}, lossOf, reports.sink());
  for (int i = 0; i < 9; ++i) writer.append(numbered(i));
  writer.start(LineTarget::file(folder.file("log")));
  reports.waitForFirst();
  std::filesystem::rename(folder.file("log"), folder.file("log.1"));
  const auto deadline = LineWriter::Clock::now() + seconds(60);
  while (folder.content("log").size() < 28 && LineWriter::Clock::now() < deadline) std::this_thread::yield();
  writer.stop();
  EXPECT_EQ("line 0\nline 1\nline 2\nline 3\nline 4\n", folder.content("log.1"));
  EXPECT_EQ("line 5\nline 6\nline 7\nline 8\n", folder.content("log"));
}

TEST(LineWriter, StopsWithoutHavingStarted) {
  Reports reports;
  LineWriter writer({}, lossOf, reports.sink());
  writer.append("never written\n");
  writer.stop();
}

}  // namespace
}  // namespace kavro::testing
