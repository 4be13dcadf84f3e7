#include "kernel/server/control_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace kavro::server {

namespace {

using http::FileDescriptor;
using Clock = std::chrono::steady_clock;

constexpr int kBacklog = 16;

std::string reason(int error) { return std::strerror(error); }

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("[server] control " + path + ": the path of a Unix socket has at most " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes; choose a shorter one");
  }
  path.copy(address.sun_path, path.size());
  return address;
}

FileDescriptor newSocket() {
  FileDescriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made.valid()) throw std::runtime_error("a Unix socket cannot be made: " + reason(errno));
  return made;
}

int connectTo(const FileDescriptor& socket, const sockaddr_un& address) {
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

void removeLeftOver(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) {
    throw std::runtime_error("[server] control " + path + ": there is something else that is no socket; move it away");
  }
  if (connectTo(newSocket(), address) == 0) {
    throw std::runtime_error("[server] control " + path +
                             ": another server answers there; stop it, or give this one another [server] control");
  }
  ::unlink(path.c_str());
}

// Waits until the deadline for `events`. False: time is up, or the other side is gone.
bool waitFor(int socket, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{socket, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// Up to the first line feed, which is not part of it. False when that did not come.
bool readLine(int socket, std::string& line, std::size_t bytes_max, Clock::time_point deadline) {
  char buffer[16 * 1024];
  while (waitFor(socket, POLLIN, deadline)) {
    const ssize_t count = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) return false;
    line.append(buffer, static_cast<std::size_t>(count));
    if (const auto end = line.find('\n'); end != std::string::npos) {
      line.resize(end);
      return true;
    }
    if (line.size() > bytes_max) return false;
  }
  return false;
}

bool sendLine(int socket, std::string line, Clock::time_point deadline) {
  line += '\n';
  for (std::size_t sent = 0; sent < line.size();) {
    if (!waitFor(socket, POLLOUT, deadline)) return false;
    const ssize_t count = ::send(socket, line.data() + sent, line.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count < 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

ControlSocket::ControlSocket(const std::string& path) : path_(path), socket_(newSocket()) {
  const sockaddr_un address = addressOf(path);
  removeLeftOver(path, address);
  // The mode of a Unix socket is that of the descriptor when it is bound: it is never open to others.
  ::fchmod(socket_.get(), S_IRUSR | S_IWUSR);
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket_.get(), kBacklog) != 0) {
    throw std::runtime_error("[server] control " + path + ": " + reason(errno) +
                             "; its folder must be there and writable");
  }
}

ControlSocket::~ControlSocket() { ::unlink(path_.c_str()); }

void ControlSocket::serveOne(const std::function<std::string(std::string_view)>& answer) {
  const FileDescriptor client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.valid()) return;
  std::string line;
  if (!readLine(client.get(), line, kControlLineBytesMax, Clock::now() + kPatience)) return;
  std::string said = answer(line);  // may take its time
  sendLine(client.get(), std::move(said), Clock::now() + kPatience);
}

std::string askServer(const std::string& path, const std::string& line, std::chrono::seconds patience) {
  const FileDescriptor socket = newSocket();
  const int error = connectTo(socket, addressOf(path));
  if (error == ENOENT || error == ECONNREFUSED) {
    throw std::runtime_error("no server answers at " + path + "; is one running with this configuration?");
  }
  if (error == EACCES) {
    throw std::runtime_error(path + ": not allowed; be root or the user that the server runs as");
  }
  if (error != 0) throw std::runtime_error(path + ": " + reason(error));
  std::string answer;
  const auto deadline = Clock::now() + patience;
  if (!sendLine(socket.get(), line, deadline) ||
      !readLine(socket.get(), answer, kControlAnswerBytesMax, deadline)) {
    throw std::runtime_error("the server at " + path + " gave no answer" +
                             (Clock::now() >= deadline ? " within " + std::to_string(patience.count()) + " s" : "") +
                             "; its log may say why");
  }
  return answer;
}

}  // namespace kavro::server
