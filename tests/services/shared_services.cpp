#include "tests/services/shared_services.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "tests/services/postgres_server.hpp"

namespace kavro::testing {
namespace {

constexpr int kBacklog = 64;

// The address begins with a zero byte: a name that exists only as long as somebody listens on it.
socklen_t nameOf(pid_t ctest, sockaddr_un& address) {
  const std::string name = "kavro-test-services-" + std::to_string(geteuid()) + "-" + std::to_string(ctest);
  address = {};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
}

using Step = int (*)(int, const sockaddr*, socklen_t);

int openSocket(pid_t ctest, Step step) {
  sockaddr_un address;
  const socklen_t size = nameOf(ctest, address);
  const int opened = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (opened < 0) throw std::runtime_error("no socket");
  if (step(opened, reinterpret_cast<const sockaddr*>(&address), size) == 0) return opened;
  close(opened);
  return -1;
}

struct OwnServices {
  PostgresServer postgres;
  RedisServer redis;
};

struct FoundServices {
  FoundServices() {
    const int connected = connectToServices(getppid());
    if (connected < 0) {
      own = std::make_unique<OwnServices>();
      addresses = {own->postgres.address(), own->redis.address()};
      return;
    }
    shutdown(connected, SHUT_WR);
    addresses = SharedServices::fromText(readToEnd(connected));
    close(connected);
  }
  std::unique_ptr<OwnServices> own;
  SharedServices addresses;
};

}  // namespace

std::string SharedServices::toText() const {
  std::ostringstream text;
  text << postgres.port << '\n'
       << postgres.socket_folder << '\n'
       << postgres.data_folder << '\n'
       << postgres.password << '\n'
       << redis.port << '\n'
       << redis.socket << '\n'
       << redis.password << '\n';
  return text.str();
}

SharedServices SharedServices::fromText(const std::string& text) {
  std::istringstream lines(text);
  SharedServices services;
  std::string postgres_port, redis_port;
  std::getline(lines, postgres_port);
  std::getline(lines, services.postgres.socket_folder);
  std::getline(lines, services.postgres.data_folder);
  std::getline(lines, services.postgres.password);
  std::getline(lines, redis_port);
  std::getline(lines, services.redis.socket);
  if (!std::getline(lines, services.redis.password)) {
    throw std::runtime_error("the services of this ctest run have not said where they are; they said:\n" + text);
  }
  services.postgres.port = static_cast<std::uint16_t>(std::stoi(postgres_port));
  services.redis.port = static_cast<std::uint16_t>(std::stoi(redis_port));
  return services;
}

const SharedServices& sharedServices() {
  static const FoundServices found;
  return found.addresses;
}

int listenForTests(pid_t ctest) {
  const int listening = openSocket(ctest, bind);
  if (listening >= 0 && listen(listening, kBacklog) != 0) throw std::runtime_error("no listening socket");
  return listening;
}

int connectToServices(pid_t ctest) { return openSocket(ctest, connect); }

std::string readToEnd(int socket) {
  std::string text;
  char block[1024];
  for (;;) {
    const ssize_t size = read(socket, block, sizeof block);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(block, static_cast<size_t>(size));
  }
}

}  // namespace kavro::testing
