// A child process whose two outputs are read as they come.
//
// Ownership: the child dies with the Process, and with the thread that started it (so with a test that crashes).
// Threads: one, beside a reader of its own. Errors: std::runtime_error when the program cannot be started.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kavro::testing {

// How long a test waits for anything that should happen. A hundred logins at once take twenty seconds on a busy
// machine.
inline constexpr std::chrono::seconds kPatience{60};

class Process {
 public:
  // arguments[0] is the program's path. The child gets this process's environment without KAVRO_* and
  // CREDENTIALS_DIRECTORY, and with `environment`.
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
          const std::map<std::string, std::string>& environment);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;

  // The exit status: as in a shell, 128 + n for signal n. Nothing when it still runs after `patience`.
  // Afterwards output() and errors() are complete.
  std::optional<int> wait(std::chrono::milliseconds patience = kPatience);

  std::string output() const;  // stdout so far
  std::string errors() const;  // stderr so far

  // The rest of the first line of stderr, after `mark`, or nothing when none came in time or the process ended.
  std::optional<std::string> waitForLine(std::string_view mark, std::chrono::milliseconds patience = kPatience);

  // How often `mark` is in stderr so far; and whether it gets there `count` times within `patience`.
  size_t countOf(std::string_view mark) const;
  bool waitForCount(std::string_view mark, size_t count, std::chrono::milliseconds patience = kPatience);

 private:
  void readOutputs();
  std::optional<std::string> findLine(std::string_view mark) const;  // with mutex_ held
  size_t countWithLock(std::string_view mark) const;                 // likewise

  pid_t pid_ = -1;
  std::optional<int> status_;
  int pipes_[2] = {-1, -1};  // reading ends: stdout, stderr

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string texts_[2];  // mutex_
  bool ended_ = false;    // mutex_: both outputs are closed
  std::thread reader_;
};

}  // namespace kavro::testing
