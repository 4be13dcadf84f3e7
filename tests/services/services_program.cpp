// kavro_test_services start|stop: see shared_services.hpp. Called by ctest, whose process number is the parent's.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include "tests/services/postgres_server.hpp"
#include "tests/services/shared_services.hpp"

namespace kavro::testing {
namespace {

constexpr char kStop = 's';

// Answers every test with the addresses, until one connection asks to stop or ctest is gone. Returns the connection
// that asked, which closes when everything has ended; -1 when nobody asked.
int serve(int listening, int ctest, const std::string& addresses) {
  pollfd entries[2] = {{ctest, POLLIN, 0}, {listening, POLLIN, 0}};
  for (;;) {
    if (poll(entries, 2, -1) < 0 && errno == EINTR) continue;
    if (entries[0].revents != 0) return -1;
    const int connection = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    char word = 0;  // a test says nothing, and reads
    if (read(connection, &word, 1) == 1 && word == kStop) return connection;
    const ssize_t ignored = write(connection, addresses.data(), addresses.size());
    static_cast<void>(ignored);
    close(connection);
  }
}

// In the background: runs the services, and says through `ready` that they run (nothing) or why not.
int runServices(pid_t ctest_pid, int ready) {
  const auto say = [ready](const std::string& text) {
    const ssize_t ignored = write(ready, text.data(), text.size());
    static_cast<void>(ignored);
    close(ready);
  };
  try {
    const int ctest = static_cast<int>(syscall(SYS_pidfd_open, ctest_pid, 0));
    if (ctest < 0) throw std::runtime_error("ctest is gone");
    const int listening = listenForTests(ctest_pid);
    if (listening < 0) throw std::runtime_error("this ctest has services already");
    int asked = -1;
    {
      const PostgresServer postgres;
      const RedisServer redis;
      say("");
      asked = serve(listening, ctest, SharedServices{postgres.address(), redis.address()}.toText());
      close(listening);
    }
    if (asked >= 0) close(asked);
    return 0;
  } catch (const std::exception& error) {
    say(error.what());
    return 1;
  }
}

int start() {
  const pid_t ctest = getppid();
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no child process");
  if (child == 0) {
    close(ready[0]);
    setsid();
    const int nothing = open("/dev/null", O_RDWR);  // ctest waits until its pipes are closed
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, descriptor);
    signal(SIGPIPE, SIG_IGN);
    _exit(runServices(ctest, ready[1]));
  }
  close(ready[1]);
  const std::string failure = readToEnd(ready[0]);
  if (!failure.empty()) std::fprintf(stderr, "%s\n", failure.c_str());
  return failure.empty() ? 0 : 1;
}

int stop() {
  const int connection = connectToServices(getppid());
  if (connection < 0) throw std::runtime_error("no services of this ctest run");
  if (write(connection, &kStop, 1) != 1) throw std::runtime_error("the services do not listen");
  readToEnd(connection);
  close(connection);
  return 0;
}

}  // namespace
}  // namespace kavro::testing

int main(int argc, char** argv) {
  const std::string command = argc == 2 ? argv[1] : "";
  try {
    if (command == "start") return kavro::testing::start();
    if (command == "stop") return kavro::testing::stop();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::fprintf(stderr, "usage: %s start|stop (called by ctest)\n", argv[0]);
  return 64;
}
