#include "tests/scenarios/raw_connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

std::string lastTlsError() {
  char text[256] = "no reason given";
  if (const unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  return text;
}

void show(SSL_CTX* context, const Certificate& certificate) {
  BIO* const pem = BIO_new_mem_buf(certificate.certificate.data(), static_cast<int>(certificate.certificate.size()));
  BIO* const key_pem = BIO_new_mem_buf(certificate.private_key.data(), static_cast<int>(certificate.private_key.size()));
  X509* const document = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_pem, nullptr, nullptr, nullptr);
  const bool shown = SSL_CTX_use_certificate(context, document) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  X509_free(document);
  EVP_PKEY_free(key);
  BIO_free(pem);
  BIO_free(key_pem);
  if (!shown) throw std::runtime_error("the client's certificate cannot be used");
}

short eventsFor(int tls_error) { return tls_error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN; }

}  // namespace

RawConnection::RawConnection(const Server& server, TlsWish wish) : RawConnection(server.endpoint(), std::move(wish)) {}

RawConnection::RawConnection(const Endpoint& endpoint, TlsWish wish) {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 || connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const std::string why = std::strerror(errno);
    close();
    throw std::runtime_error("cannot connect to port " + std::to_string(endpoint.port) + ": " + why);
  }
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(socket_, F_SETFL, O_NONBLOCK);
  if (!endpoint.tls) return;
  try {
    handshake(endpoint, wish);
  } catch (...) {
    close();
    throw;
  }
}

RawConnection::~RawConnection() { close(); }

void RawConnection::close() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void RawConnection::handshake(const Endpoint& endpoint, const TlsWish& wish) {
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  // Old versions need a lower security level on the client's side; what is tested is the server's.
  if (wish.maximum != 0 && wish.maximum < TLS1_2_VERSION) SSL_CTX_set_security_level(context_, 0);
  SSL_CTX_set_min_proto_version(context_, wish.minimum);
  SSL_CTX_set_max_proto_version(context_, wish.maximum);
  if (SSL_CTX_load_verify_locations(context_, endpoint.certificate.c_str(), nullptr) != 1) {
    throw std::runtime_error("cannot read " + endpoint.certificate.string());
  }
  if (!wish.protocols.empty()) {
    SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(wish.protocols.data()),
                            static_cast<unsigned>(wish.protocols.size()));
  }
  if (wish.certificate) show(context_, *wish.certificate);
  tls_ = SSL_new(context_);
  SSL_set_fd(tls_, socket_);
  SSL_set_tlsext_host_name(tls_, wish.name.c_str());
  SSL_set1_host(tls_, wish.name.c_str());
  const auto deadline = Clock::now() + kPatience;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(tls_);
    if (result == 1) return;
    const int error = SSL_get_error(tls_, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      throw std::runtime_error("the TLS handshake failed: " + lastTlsError());
    }
    if (!waitFor(eventsFor(error), deadline)) throw std::runtime_error("the TLS handshake takes too long");
  }
}

bool RawConnection::waitFor(short events, Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd entry{socket_, events, 0};
    const int ready = poll(&entry, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

void RawConnection::send(std::string_view bytes) {
  const auto deadline = Clock::now() + kPatience;
  while (!bytes.empty()) {
    short events = POLLOUT;
    ssize_t sent = 0;
    if (tls_) {
      ERR_clear_error();
      sent = SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) {
        const int error = SSL_get_error(tls_, static_cast<int>(sent));
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return;  // closed
        events = eventsFor(error);
      }
    } else {
      sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return;  // closed
    }
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (!waitFor(events, deadline)) {
      throw std::runtime_error("the server takes no more bytes");
    }
  }
}

void RawConnection::finishSending() {
  if (tls_) SSL_shutdown(tls_);
  shutdown(socket_, SHUT_WR);
}

RawConnection::Step RawConnection::readMore(Clock::time_point deadline) {
  char block[16 * 1024];
  for (;;) {
    short events = POLLIN;
    ssize_t size = 0;
    if (tls_) {
      ERR_clear_error();
      size = SSL_read(tls_, block, sizeof block);
      if (size <= 0) {
        const int error = SSL_get_error(tls_, static_cast<int>(size));
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return Step::kClosed;
        events = eventsFor(error);
      }
    } else {
      size = recv(socket_, block, sizeof block, 0);
      if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return Step::kClosed;
    }
    if (size > 0) {
      buffer_.append(block, static_cast<size_t>(size));
      return Step::kData;
    }
    if (!waitFor(events, deadline)) return Step::kTimeout;
  }
}

std::string RawConnection::readAll(std::chrono::milliseconds idle) {
  while (readMore(Clock::now() + idle) == Step::kData) {
  }
  return std::exchange(buffer_, {});
}

bool RawConnection::isClosed(std::chrono::milliseconds patience) {
  return buffer_.empty() && readMore(Clock::now() + patience) == Step::kClosed;
}

std::optional<Reply> RawConnection::readReply(bool head) {
  const auto deadline = Clock::now() + kPatience;
  const auto more = [&] {
    const Step step = readMore(deadline);
    if (step == Step::kTimeout) throw std::runtime_error("no whole answer came; only: " + buffer_);
    return step == Step::kData;
  };
  size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  Reply reply;
  std::string_view lines = std::string_view(buffer_).substr(0, end + 2);
  bool first = true;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(line.size() + 2);
    if (first) {
      if (line.size() < 12 || !line.starts_with("HTTP/1.")) throw std::runtime_error("no status line: " + buffer_);
      std::from_chars(line.data() + 9, line.data() + 12, reply.status);
      reply.reason = line.size() > 13 ? std::string(line.substr(13)) : std::string();
      first = false;
      continue;
    }
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) throw std::runtime_error("a header line without a colon: " + buffer_);
    reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  buffer_.erase(0, end + 4);
  size_t length = 0;
  const auto given = reply.header("Content-Length");
  if (given && !head && reply.status >= 200) std::from_chars(given->data(), given->data() + given->size(), length);
  while (buffer_.size() < length) {
    if (!more()) return std::nullopt;
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

std::string RawConnection::serverSubject() const {
  char name[128] = "";
  X509* const certificate = tls_ ? SSL_get1_peer_certificate(tls_) : nullptr;
  if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

std::string RawConnection::tlsVersion() const { return tls_ ? SSL_get_version(tls_) : std::string(); }

}  // namespace kavro::testing
