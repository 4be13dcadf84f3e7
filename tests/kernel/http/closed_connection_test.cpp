// A connection that has ended, while somebody else has a copy of its descriptor: so it is for a moment whenever a process
// is started.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "kernel/http/file_descriptor.hpp"
#include "tests/kernel/http/plain_server.hpp"

namespace kavro::http {
namespace {

namespace fs = std::filesystem;

// What all epoll instances of this process watch.
int watchedDescriptors() {
  int count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) count += line.starts_with("tfd:") ? 1 : 0;
  }
  return count;
}

FileDescriptor connectTo(std::uint16_t port) {
  FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(0, ::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
  return client;
}

std::string ask(int client, const std::string& fields) {
  const std::string request = "GET /ok HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  EXPECT_EQ(static_cast<ssize_t>(request.size()), ::send(client, request.data(), request.size(), MSG_NOSIGNAL));
  char block[4096];
  const ssize_t size = ::recv(client, block, sizeof block, 0);
  return {block, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// The server's end of the connection; both are in this process.
int otherEndOf(int client) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(client, reinterpret_cast<sockaddr*>(&own), &size);
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    const int fd = std::atoi(entry.path().filename().c_str());
    sockaddr_in peer{};
    size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sin_port == own.sin_port) return fd;
  }
  return -1;
}

TEST(ClosedConnection, IsWatchedNoMoreWhoeverHasACopyOfItsDescriptor) {
  LogText log;
  PlainServer server;
  server.start();
  ASSERT_EQ(200, server.get("/ok").status);  // it has begun to listen
  ASSERT_TRUE(eventually([&] { return server.server().statistics().connections == 0; }));
  const int before = watchedDescriptors();
  FileDescriptor client = connectTo(server.port());
  ASSERT_TRUE(ask(client.get(), "").starts_with("HTTP/1.1 200"));
  EXPECT_EQ(before + 1, watchedDescriptors());
  const FileDescriptor copy(::dup(otherEndOf(client.get())));
  ASSERT_LE(0, copy.get());
  EXPECT_TRUE(ask(client.get(), "Connection: close\r\n").starts_with("HTTP/1.1 200"));
  client = FileDescriptor();
  EXPECT_TRUE(eventually([&] { return server.server().statistics().connections == 0; }));
  EXPECT_EQ(before, watchedDescriptors()) << "an event of it would reach what is there no more";
}

}  // namespace
}  // namespace kavro::http
