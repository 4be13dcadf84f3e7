#include "kernel/http/transport.hpp"

#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <climits>
#include <new>

#include <openssl/err.h>

namespace kavro::http {

Transport::Transport(FileDescriptor socket, SSL_CTX* context) : socket_(std::move(socket)) {
  if (!context) return;
  ssl_.reset(SSL_new(context));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.get()) != 1) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
  SSL_set_accept_state(ssl_.get());
}

// OpenSSL's error queue is the thread's: what another connection left there would be taken for ours. So it is cleared
// before each call.
Transport::Outcome Transport::handshake() {
  if (!ssl_) return Outcome::kDone;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Outcome::kDone : failed(result).outcome;
}

Transport::Result Transport::read(char* buffer, std::size_t size) {
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), buffer, static_cast<int>(std::min<std::size_t>(size, INT_MAX)));
    if (result > 0) return {Outcome::kDone, static_cast<std::size_t>(result)};
    return failed(result);
  }
  ssize_t result;
  do result = ::recv(socket_.get(), buffer, size, 0);
  while (result < 0 && errno == EINTR);
  if (result > 0) return {Outcome::kDone, static_cast<std::size_t>(result)};
  if (result == 0) return {Outcome::kEnd};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kLater : Outcome::kBroken};
}

Transport::Result Transport::write(std::string_view data) {
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_write(ssl_.get(), data.data(), static_cast<int>(std::min<std::size_t>(data.size(), INT_MAX)));
    if (result > 0) return {Outcome::kDone, static_cast<std::size_t>(result)};
    return failed(result);
  }
  ssize_t result;
  do result = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
  while (result < 0 && errno == EINTR);
  if (result >= 0) return {Outcome::kDone, static_cast<std::size_t>(result)};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kLater : Outcome::kBroken};
}

Transport::Result Transport::failed(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {Outcome::kLater};
    case SSL_ERROR_ZERO_RETURN: return {Outcome::kEnd};
    default: ERR_clear_error(); return {Outcome::kBroken};
  }
}

void Transport::shutdownWrite() {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(socket_.get(), SHUT_WR);
}

Transport::Result Transport::drain(char* buffer, std::size_t size) {
  std::size_t dropped = 0;
  while (dropped < size) {
    const ssize_t result = ::recv(socket_.get(), buffer, size, 0);
    if (result == 0) return {Outcome::kEnd, dropped};
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kLater : Outcome::kBroken, dropped};
    dropped += static_cast<std::size_t>(result);
  }
  return {Outcome::kDone, dropped};
}

}  // namespace kavro::http
