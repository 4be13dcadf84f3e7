// What the service manager hears, at a socket of the test.
#include "kernel/host/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

#include "kernel/http/file_descriptor.hpp"

namespace kavro::host {
namespace {

using namespace std::chrono_literals;

class ServiceManagerTest : public ::testing::Test {
 protected:
  ServiceManagerTest() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    // An abstract name of the system's choice: no file, and never one that is taken.
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    name_ = "@" + std::string(address.sun_path + 1, size - sizeof(sa_family_t) - 1);
    forget();
  }
  ~ServiceManagerTest() override { forget(); }

  static void forget() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  void listen() const { ::setenv("NOTIFY_SOCKET", name_.c_str(), 1); }
  static void watch(const char* microseconds, pid_t process) {
    ::setenv("WATCHDOG_USEC", microseconds, 1);
    ::setenv("WATCHDOG_PID", std::to_string(process).c_str(), 1);
  }
  // What was told last, or "" when nothing was. A datagram is there as soon as it is sent.
  std::string heard() const {
    char buffer[4096];
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
  }

  http::FileDescriptor socket_;
  std::string name_;
};

TEST_F(ServiceManagerTest, WithoutOneNothingIsTold) {
  ServiceManager manager;
  EXPECT_FALSE(manager.present());
  manager.ready("serves");
  manager.alive();
  EXPECT_FALSE(manager.delivered());
  EXPECT_EQ(heard(), "");
}

TEST_F(ServiceManagerTest, AnEmptyNameIsNone) {
  ::setenv("NOTIFY_SOCKET", "", 1);
  EXPECT_FALSE(ServiceManager().present());
}

TEST_F(ServiceManagerTest, TellsOfStartAndEnd) {
  listen();
  ServiceManager manager;
  EXPECT_TRUE(manager.present());
  manager.ready("serves with 9 plugins");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=serves with 9 plugins");
  EXPECT_TRUE(manager.delivered());
  manager.status("generation 2");
  EXPECT_EQ(heard(), "STATUS=generation 2");
  manager.stopping("finishing what runs");
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=finishing what runs");
}

// notify-reload of systemd compares the time with that of its own signal: it must be of the same clock, and new.
TEST_F(ServiceManagerTest, AReloadSaysWhenItBegan) {
  listen();
  ServiceManager manager;
  const auto microsecondsNow = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  const auto before = microsecondsNow();
  manager.reloading("reading the configuration");
  const auto after = microsecondsNow();
  const std::string text = heard();
  const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_EQ(text.substr(0, start.size()), start);
  const auto time = std::stoll(text.substr(start.size()));
  EXPECT_LE(before, time);
  EXPECT_GE(after, time);
  EXPECT_EQ(text.substr(text.rfind('\n')), "\nSTATUS=reading the configuration");
}

TEST_F(ServiceManagerTest, AStatusCannotBecomeAnotherVariable) {
  listen();
  ServiceManager manager;
  manager.status("refused:\nMAINPID=1\tx");
  EXPECT_EQ(heard(), "STATUS=refused: MAINPID=1 x");
  manager.status(std::string(4000, 'x'));
  EXPECT_EQ(heard(), "STATUS=" + std::string(ServiceManager::kStatusBytesMax, 'x'));
}

TEST_F(ServiceManagerTest, IsToldTwiceInAnIntervalAndNoMore) {
  listen();
  watch("10000000", ::getpid());
  ServiceManager manager;
  ASSERT_EQ(manager.aliveInterval(), 5s);
  const ServiceManager::Clock::time_point start{};
  manager.alive(start);
  EXPECT_EQ(heard(), "WATCHDOG=1");
  manager.alive(start + 2499ms);
  EXPECT_EQ(heard(), "");
  manager.alive(start + 2500ms);
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(ServiceManagerTest, WhoIsNotWatchedSaysNothing) {
  listen();
  EXPECT_FALSE(ServiceManager().aliveInterval());
  watch("10000000", ::getppid());  // its parent is
  ServiceManager manager;
  EXPECT_FALSE(manager.aliveInterval());
  manager.alive();
  EXPECT_EQ(heard(), "");
}

TEST_F(ServiceManagerTest, OneThatHasGoneIsNoError) {
  listen();
  ServiceManager manager;
  socket_.close();
  manager.ready("serves");
  EXPECT_FALSE(manager.delivered());
}

}  // namespace
}  // namespace kavro::host
