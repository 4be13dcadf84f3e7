// New TLS connections, as fast as they go: a load that wrk cannot make.
//
//   bench_tls_connect PORT CONNECTIONS SECONDS full|resumed
//
// Keeps CONNECTIONS connections to 127.0.0.1:PORT under way, from one thread. Each does a TLS 1.3 handshake, makes one
// GET /health with "Connection: close", reads the answer to the end of the connection, and is replaced by a new one.
//   full     a handshake with the certificate each time
//   resumed  each with the newest ticket that this place in the table was given; its first handshake, before the time
//            starts, is a full one
// The certificate is not verified against an authority (the answers of all servers are compared beforehand); its key's
// signature is, as OpenSSL always does. Prints one line of JSON: how many connections were made in the time, how many
// of them were resumed, the 50th and 99th percentile of their whole life; the rest of the connections is not counted.
// Anything but an answer of 200 and a clean end is an error, and ends the program with status 1.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view kRequest = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view kGood = "HTTP/1.1 200 ";
constexpr std::chrono::seconds kPatience(10);  // with no connection making any progress
constexpr unsigned kAddresses = 64;            // 127.0.0.1 and the next: each has its own ports

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

[[noreturn]] void fail(const std::string& what) {
  const unsigned long code = ERR_get_error();
  throw std::runtime_error(what + (code != 0 ? std::string(": ") + ERR_error_string(code, nullptr) : ""));
}

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

// One place in the table: a connection at a time, and what the next one resumes.
struct Place {
  int socket = -1;
  unsigned number = 0;
  Owned<SSL> tls;
  Owned<SSL_SESSION> ticket;
  Clock::time_point start;
  bool asked = false;
  std::string answer;
};

int keepTicket(SSL* tls, SSL_SESSION* session) {
  static_cast<Place*>(SSL_get_app_data(tls))->ticket.reset(session);
  return 1;  // it is ours now
}

class Load {
 public:
  Load(std::uint16_t port, std::size_t connections, bool resume)
      : port_(port), resume_(resume), context_(SSL_CTX_new(TLS_client_method())), places_(connections) {
    if (!context_) fail("SSL_CTX_new");
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    if (resume) {
      SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
      SSL_CTX_sess_set_new_cb(context_.get(), &keepTicket);
    }
    poll_ = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  }

  ~Load() {
    for (Place& place : places_) close(place);
    ::close(poll_);
  }

  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Makes connections for so long; with zero, one in each place.
  void run(std::chrono::duration<double> time) {
    counting_ = time.count() > 0;
    lives_us_.clear();
    resumed_ = 0;
    open_ = 0;
    const auto start = Clock::now();
    const auto over = [&] { return Clock::now() - start >= time; };
    for (unsigned i = 0; i < places_.size(); ++i) {
      places_[i].number = i;
      open(places_[i]);
    }
    std::array<epoll_event, 256> events{};
    while (open_ > 0 && !(counting_ && over())) {
      const int count = epoll_wait(poll_, events.data(), events.size(),
                                   static_cast<int>(std::chrono::milliseconds(kPatience).count()));
      if (count < 0 && errno == EINTR) continue;
      if (check(count, "epoll_wait") == 0) throw std::runtime_error("no connection made any progress for 10 s");
      for (int i = 0; i < count; ++i) {
        Place& place = *static_cast<Place*>(events[i].data.ptr);
        if (!advance(place)) continue;
        finish(place);
        if (counting_ && !over()) open(place);
      }
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
    for (Place& place : places_) close(place);
  }

  void print() {
    std::sort(lives_us_.begin(), lives_us_.end());
    const auto percentile = [&](std::size_t hundredths) {
      return lives_us_.empty() ? 0 : lives_us_[std::min(lives_us_.size() - 1, lives_us_.size() * hundredths / 100)];
    };
    std::cout << "{\"connections\": " << lives_us_.size() << ", \"resumed\": " << resumed_
              << ", \"seconds\": " << seconds_ << ", \"p50_us\": " << percentile(50)
              << ", \"p99_us\": " << percentile(99) << "}\n";
  }

 private:
  void open(Place& place) {
    place.start = Clock::now();
    place.asked = false;
    place.answer.clear();
    place.socket = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    ++open_;
    const int on = 1;
    setsockopt(place.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(place.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + place.number % kAddresses);
    check(bind(place.socket, reinterpret_cast<const sockaddr*>(&from), sizeof from), "bind");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(place.socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
      check(-1, "connect");
    }
    place.tls.reset(SSL_new(context_.get()));
    if (!place.tls || SSL_set_fd(place.tls.get(), place.socket) != 1) fail("SSL_new");
    SSL_set_app_data(place.tls.get(), &place);
    SSL_set_connect_state(place.tls.get());
    if (place.ticket && SSL_set_session(place.tls.get(), place.ticket.get()) != 1) fail("SSL_set_session");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &place;
    check(epoll_ctl(poll_, EPOLL_CTL_ADD, place.socket, &event), "epoll_ctl");
  }

  // True: it is at its end.
  bool advance(Place& place) {
    if (place.socket < 0) return false;  // of an event that came with the one that ended it
    SSL* tls = place.tls.get();
    if (!place.asked) {
      const int done = SSL_do_handshake(tls);
      if (done != 1) return mustWait(tls, done, "the handshake");
      const int written = SSL_write(tls, kRequest.data(), static_cast<int>(kRequest.size()));
      if (written <= 0) return mustWait(tls, written, "the request");
      place.asked = true;
    }
    for (;;) {
      std::array<char, 4096> bytes{};
      const int read = SSL_read(tls, bytes.data(), bytes.size());
      if (read > 0) {
        place.answer.append(bytes.data(), static_cast<std::size_t>(read));
      } else if (SSL_get_error(tls, read) == SSL_ERROR_ZERO_RETURN) {
        return true;
      } else {
        return mustWait(tls, read, "the answer");
      }
    }
  }

  static bool mustWait(SSL* tls, int result, const std::string& what) {
    const int error = SSL_get_error(tls, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
    const std::string reason = error == SSL_ERROR_SYSCALL ? std::string(" (") + std::strerror(errno) + ")" : "";
    fail("a connection broke during " + what + reason);
  }

  void finish(Place& place) {
    if (!place.answer.starts_with(kGood)) {
      throw std::runtime_error("found the answer '" + place.answer.substr(0, 60) + "', expected 200");
    }
    if (counting_) {
      const auto life = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - place.start);
      lives_us_.push_back(life.count());
      if (SSL_session_reused(place.tls.get()) != 0) ++resumed_;
    } else if (resume_ && !place.ticket) {
      throw std::runtime_error("the server gave no ticket to resume with");
    }
    SSL_shutdown(place.tls.get());
    close(place);
  }

  void close(Place& place) {
    if (place.socket < 0) return;
    place.tls.reset();
    ::close(place.socket);
    place.socket = -1;
    --open_;
  }

  std::uint16_t port_;
  bool resume_;
  Owned<SSL_CTX> context_;
  std::vector<Place> places_;  // never grows: OpenSSL and epoll keep their addresses
  int poll_ = -1;
  std::size_t open_ = 0;
  bool counting_ = false;
  std::vector<long> lives_us_;
  std::size_t resumed_ = 0;
  double seconds_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  const std::string_view kind = count == 5 ? arguments[4] : "";
  if (kind != "full" && kind != "resumed") {
    std::cerr << "Usage: bench_tls_connect PORT CONNECTIONS SECONDS full|resumed\n";
    return 64;
  }
  try {
    Load load(static_cast<std::uint16_t>(std::stoul(arguments[1])), std::stoul(arguments[2]), kind == "resumed");
    load.run(std::chrono::seconds(0));  // tickets, and the first mistakes
    load.run(std::chrono::duration<double>(std::stod(arguments[3])));
    load.print();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_tls_connect: " << error.what() << '\n';
    return 1;
  }
}
