#include "tests/services/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace kavro::testing {
namespace {

std::vector<std::string> childEnvironment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    if (text.starts_with("KAVRO_") || text.starts_with("CREDENTIALS_DIRECTORY=")) continue;
    if (extra.count(std::string(text.substr(0, text.find('='))))) continue;
    variables.emplace_back(text);
  }
  for (const auto& [name, value] : extra) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                 const std::map<std::string, std::string>& environment) {
  std::vector<std::string> words = arguments;
  std::vector<std::string> variables = childEnvironment(environment);
  const std::vector<char*> argv = pointersTo(words);
  const std::vector<char*> envp = pointersTo(variables);
  if (access(argv[0], X_OK) != 0) {
    throw std::runtime_error(words[0] + " cannot be run (" + std::strerror(errno) + "): build it first");
  }
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for a child process");

  pid_ = fork();
  if (pid_ == 0) {  // only async-signal-safe calls from here on
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    if (chdir(folder.c_str()) == 0) execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  pipes_[0] = out[0];
  pipes_[1] = err[0];
  if (pid_ < 0) {
    close(out[0]);
    close(err[0]);
    throw std::runtime_error("no child process");
  }
  reader_ = std::thread([this] { readOutputs(); });
}

Process::~Process() {
  if (!status_) {
    signal(SIGKILL);
    wait();
  }
  if (reader_.joinable()) reader_.join();
  close(pipes_[0]);
  close(pipes_[1]);
}

void Process::signal(int number) const {
  if (!status_) kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::milliseconds patience) {
  if (status_) return status_;
  // The outputs close when the process ends; a pidfd says so even when something else keeps them open.
  const int watched = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (watched < 0) throw std::runtime_error("the child process cannot be watched");
  pollfd entry{watched, POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int ready = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    ready = poll(&entry, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
  } while (ready < 0 && errno == EINTR);
  close(watched);
  if (ready <= 0) return std::nullopt;
  int state = 0;
  if (waitpid(pid_, &state, 0) != pid_) throw std::runtime_error("the child process was waited for by somebody else");
  status_ = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
  if (reader_.joinable()) reader_.join();
  return status_;
}

std::string Process::output() const {
  const std::lock_guard lock(mutex_);
  return texts_[0];
}

std::string Process::errors() const {
  const std::lock_guard lock(mutex_);
  return texts_[1];
}

std::optional<std::string> Process::waitForLine(std::string_view mark, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  std::optional<std::string> found;
  changed_.wait_for(lock, patience, [&] {
    found = findLine(mark);
    return found || ended_;
  });
  return found;
}

size_t Process::countOf(std::string_view mark) const {
  const std::lock_guard lock(mutex_);
  return countWithLock(mark);
}

bool Process::waitForCount(std::string_view mark, size_t count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return countWithLock(mark) >= count || ended_; }) &&
         countWithLock(mark) >= count;
}

size_t Process::countWithLock(std::string_view mark) const {
  size_t count = 0;
  for (size_t at = 0; (at = texts_[1].find(mark, at)) != std::string::npos; at += mark.size()) ++count;
  return count;
}

std::optional<std::string> Process::findLine(std::string_view mark) const {
  const std::string_view text = texts_[1];
  const size_t start = text.find(mark);
  if (start == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(start + mark.size());
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;  // the line is still being written
  return std::string(rest.substr(0, end));
}

void Process::readOutputs() {
  pollfd entries[2] = {{pipes_[0], POLLIN, 0}, {pipes_[1], POLLIN, 0}};
  while (entries[0].fd >= 0 || entries[1].fd >= 0) {
    if (poll(entries, 2, -1) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (entries[i].fd < 0 || entries[i].revents == 0) continue;
      char block[16 * 1024];
      const ssize_t size = read(entries[i].fd, block, sizeof block);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) {
        entries[i].fd = -1;
        continue;
      }
      const std::lock_guard lock(mutex_);
      texts_[i].append(block, static_cast<size_t>(size));
      changed_.notify_all();
    }
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

}  // namespace kavro::testing
