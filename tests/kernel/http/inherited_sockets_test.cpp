// Descriptors from 3 on, as systemd leaves them.
#include "kernel/http/inherited_sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace kavro::http {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr std::size_t kMost = 3;

FileDescriptor boundV4(int type) {
  FileDescriptor fd(::socket(AF_INET, type, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

FileDescriptor listeningV4() {
  FileDescriptor fd = boundV4(SOCK_STREAM);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

FileDescriptor listeningV6() {
  FileDescriptor fd(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

std::uint16_t portOf(const FileDescriptor& fd) {
  sockaddr_in6 address{};  // the port is at the same place in both families
  socklen_t size = sizeof address;
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin6_port);
}

// Whatever has the descriptors 3 to 5 in this process is put aside for the test.
class InheritedSocketsTest : public ::testing::Test {
 protected:
  InheritedSocketsTest() {
    for (std::size_t index = 0; index < kMost; ++index) {
      const int fd = kFirst + static_cast<int>(index);
      aside_[index] = FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 10));
      ::close(fd);
    }
  }
  ~InheritedSocketsTest() override {
    for (std::size_t index = 0; index < kMost; ++index) {
      const int fd = kFirst + static_cast<int>(index);
      if (aside_[index].valid()) ::dup2(aside_[index].get(), fd);
    }
    for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}) ::unsetenv(name);
  }

  // Made above those that are to be inherited.
  static FileDescriptor high(FileDescriptor fd) { return FileDescriptor(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 10)); }

  static void inherit(const std::vector<const FileDescriptor*>& descriptors, const char* names) {
    int next = kFirst;
    for (const FileDescriptor* descriptor : descriptors) {
      EXPECT_EQ(::dup2(descriptor->get(), next), next);
      ++next;
    }
    ::setenv("LISTEN_FDS", std::to_string(descriptors.size()).c_str(), 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    if (names) ::setenv("LISTEN_FDNAMES", names, 1);
  }

  std::array<FileDescriptor, kMost> aside_;
};

TEST_F(InheritedSocketsTest, WithoutTheVariablesThereAreNone) {
  const InheritedSockets none = takeInheritedSockets();
  EXPECT_TRUE(none.sockets.empty());
  EXPECT_TRUE(none.problems.empty());
}

TEST_F(InheritedSocketsTest, SayWhereTheyListenAndWhatTheyAreCalled) {
  const FileDescriptor v4 = high(listeningV4()), v6 = high(listeningV6());
  inherit({&v4, &v6}, "kavro.socket:admin");
  const InheritedSockets taken = takeInheritedSockets();
  ASSERT_EQ(taken.sockets.size(), 2u);
  EXPECT_TRUE(taken.problems.empty());
  EXPECT_EQ(taken.sockets[0].host, "127.0.0.1");
  EXPECT_EQ(taken.sockets[0].port, portOf(v4));
  EXPECT_EQ(taken.sockets[0].name, "kavro.socket");
  EXPECT_EQ(taken.sockets[1].host, "::1");
  EXPECT_EQ(taken.sockets[1].port, portOf(v6));
  EXPECT_EQ(taken.sockets[1].name, "admin");
  for (const PassedSocket& socket : taken.sockets) {
    EXPECT_TRUE(::fcntl(socket.descriptor.get(), F_GETFL) & O_NONBLOCK);
    EXPECT_TRUE(::fcntl(socket.descriptor.get(), F_GETFD) & FD_CLOEXEC);
  }
}

TEST_F(InheritedSocketsTest, AreTakenOnceAndNotLeftToChildren) {
  const FileDescriptor v4 = high(listeningV4());
  inherit({&v4}, nullptr);
  const InheritedSockets taken = takeInheritedSockets();
  ASSERT_EQ(taken.sockets.size(), 1u);
  EXPECT_EQ(taken.sockets[0].name, "unknown");
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  EXPECT_EQ(std::getenv("LISTEN_PID"), nullptr);
  EXPECT_TRUE(takeInheritedSockets().sockets.empty());
}

TEST_F(InheritedSocketsTest, ThoseOfAnotherProcessAreNotOurs) {
  const FileDescriptor v4 = high(listeningV4());
  inherit({&v4}, nullptr);
  ::setenv("LISTEN_PID", std::to_string(::getppid()).c_str(), 1);
  const InheritedSockets none = takeInheritedSockets();
  EXPECT_TRUE(none.sockets.empty());
  EXPECT_TRUE(none.problems.empty());
  EXPECT_NE(::fcntl(kFirst, F_GETFD), -1);  // still open
  ::close(kFirst);
}

TEST_F(InheritedSocketsTest, WhatCannotBeServedIsClosedWithASentence) {
  const FileDescriptor silent = high(boundV4(SOCK_STREAM)), datagram = high(boundV4(SOCK_DGRAM)),
                       file = high(FileDescriptor(::open("/dev/null", O_RDONLY)));
  inherit({&silent, &datagram, &file}, "one:two:three");
  const InheritedSockets taken = takeInheritedSockets();
  EXPECT_TRUE(taken.sockets.empty());
  ASSERT_EQ(taken.problems.size(), 3u);
  EXPECT_EQ(taken.problems[0],
            "socket activation: descriptor 3 (one) is a connection or a socket that does not listen, expected a "
            "listening TCP socket; in the .socket unit use ListenStream=ADDRESS:PORT and Accept=no");
  EXPECT_NE(taken.problems[1].find("descriptor 4 (two) is a socket that is not a stream (TCP)"), std::string::npos);
  EXPECT_NE(taken.problems[2].find("descriptor 5 (three) is no socket"), std::string::npos);
  for (int fd = kFirst; fd < kFirst + 3; ++fd) EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST_F(InheritedSocketsTest, AUnixSocketIsOfAnotherFamily) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const FileDescriptor one = high(FileDescriptor(ends[0])), other(ends[1]);
  inherit({&one}, nullptr);
  const InheritedSockets taken = takeInheritedSockets();
  ASSERT_EQ(taken.problems.size(), 1u);
  EXPECT_NE(taken.problems[0].find("of another family than IPv4 and IPv6"), std::string::npos);
}

TEST_F(InheritedSocketsTest, ANumberThatIsNoneIsAProblem) {
  ::setenv("LISTEN_FDS", "many", 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  const InheritedSockets taken = takeInheritedSockets();
  ASSERT_EQ(taken.problems.size(), 1u);
  EXPECT_NE(taken.problems[0].find("$LISTEN_FDS cannot be used"), std::string::npos);
}

}  // namespace
}  // namespace kavro::http
