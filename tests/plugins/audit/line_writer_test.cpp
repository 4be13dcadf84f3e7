#include "plugins/audit/line_writer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <map>
#include <sstream>

#include "tests/plugins/audit/temporary_folder.hpp"

namespace kavro::audit {
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
    changed_.wait_for(lock, seconds(10), [this] { return !texts_.empty(); });
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

std::string numbered(int i) { return "line " + std::to_string(i) + "\n"; }

TEST(LineWriter, WritesInOrderAlsoWhatCameBeforeItsStart) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({}, reports.sink());
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
                    reports.sink());
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
  LineWriter writer({.queue_max = 10, .flush_interval = milliseconds(1)}, reports.sink());
  writer.start(LineTarget::file(folder.file("log")));
  for (int i = 0; i < 3; ++i) {
    writer.append(numbered(i));
    const auto deadline = LineWriter::Clock::now() + seconds(10);
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
  LineWriter writer({.queue_max = 5}, reports.sink());
  for (int i = 0; i < 12; ++i) writer.append(numbered(i));
  writer.start(LineTarget::file(folder.file("log")));
  writer.stop();
  const auto lines = linesOf(folder.content("log"));
  ASSERT_EQ(6u, lines.size());
  for (int i = 0; i < 5; ++i) EXPECT_EQ("line " + std::to_string(i), lines[static_cast<size_t>(i)]);
  EXPECT_NE(std::string::npos, lines[5].find(R"("event":"audit_lost")")) << lines[5];
  EXPECT_NE(std::string::npos, lines[5].find(R"("lines":"7")")) << lines[5];
}

// The system refuses to let the file grow in the middle of a line, and later does: the line goes on where it stopped.
TEST(LineWriter, GoesOnInTheMiddleOfALineAfterAnError) {
  const TemporaryFolder folder;
  Reports reports;
  LineWriter writer({}, reports.sink());
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
  LineWriter writer({.stop_patience = milliseconds(200)}, reports.sink());
  writer.start(LineTarget::file(folder.file("log")));
  for (int i = 0; i < 10; ++i) writer.append(numbered(i));
  reports.waitForFirst();
  writer.stop();
  EXPECT_EQ("line 0\nline 1\nline 2\nline 3\nline 4\n", folder.content("log"));
  ASSERT_EQ(2u, reports.all().size());
  EXPECT_EQ(folder.file("log") + ": the server stops, and 5 line(s) could not be written", reports.all()[1]);
}

TEST(LineWriter, StopsWithoutHavingStarted) {
  Reports reports;
  LineWriter writer({}, reports.sink());
  writer.append("never written\n");
  writer.stop();
}

}  // namespace
}  // namespace kavro::audit
