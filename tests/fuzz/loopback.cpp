#include "tests/fuzz/loopback.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "tests/fuzz/fuzz.hpp"

namespace kavro::fuzz {
namespace {

constexpr int kPatienceMs = 30'000;

std::string& folderToRemove() {
  static std::string folder;
  return folder;
}

}  // namespace

Loopback::Loopback(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int error = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  if (error == EINTR) {  // libFuzzer's clock; connecting goes on by itself
    pollfd entry{socket_.get(), POLLOUT, 0};
    while (::poll(&entry, 1, kPatienceMs) < 0 && errno == EINTR) {
    }
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  }
  require(error == 0, "a server", std::strerror(error));
}

void Loopback::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Loopback::finish() { ::shutdown(socket_.get(), SHUT_WR); }

bool Loopback::receive(std::string& received) {
  for (;;) {
    pollfd entry{socket_.get(), POLLIN, 0};
    const int ready = ::poll(&entry, 1, kPatienceMs);
    if (ready < 0 && errno == EINTR) continue;
    require(ready == 1, "an answer or the end within thirty seconds", received);
    char buffer[16 * 1024];
    const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    require(got >= 0, "an orderly end of the connection", received);
    received.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }
}

void silenceLog() { std::cerr.rdbuf(nullptr); }

std::string makeFolder() {
  namespace fs = std::filesystem;
  const fs::path memory = "/dev/shm";
  const fs::path parent = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
  std::string pattern = (parent / "kavro-fuzz-XXXXXX").string();
  require(::mkdtemp(pattern.data()) != nullptr, "a folder", pattern);
  folderToRemove() = pattern;
  std::atexit([] {
    std::error_code error;
    fs::remove_all(folderToRemove(), error);
  });
  return pattern;
}

}  // namespace kavro::fuzz
