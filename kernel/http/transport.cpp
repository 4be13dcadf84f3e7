#include "kernel/http/transport.hpp"

#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <climits>
#include <new>

#include <openssl/err.h>

#include "kernel/http/tls_identity.hpp"

namespace kavro::http {

namespace {

// OpenSSL's error queue is the thread's: what another connection left there would be taken for ours. Clearing it is
// dear, looking is not.
void forgetErrors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

int sizeForSsl(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

Transport::Transport(FileDescriptor socket, SSL_CTX* context) : socket_(std::move(socket)) {
  if (!context) return;
  ssl_.reset(SSL_new(context));
  BIO* bio = ssl_ ? socket_.bio() : nullptr;
  if (bio == nullptr) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

Transport::Outcome Transport::handshake() {
  if (!ssl_) return Outcome::kDone;
  forgetErrors();
  const int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Outcome::kDone : failed(result).outcome;
}

bool Transport::speaksFor(std::string_view authority) const {
  return !ssl_ || http::speaksFor(SSL_get_certificate(ssl_.get()), authority);
}

Transport::Result Transport::read(char* buffer, std::size_t size) {
  if (!ssl_) return socket_.read(buffer, size);
  forgetErrors();
  const int result = SSL_read(ssl_.get(), buffer, sizeForSsl(size));
  if (result > 0) return {Outcome::kDone, static_cast<std::size_t>(result)};
  return failed(result);
}

Transport::Result Transport::write(std::string_view data) {
  if (!ssl_) return socket_.write(data);
  forgetErrors();
  const int result = SSL_write(ssl_.get(), data.data(), sizeForSsl(data.size()));
  if (result > 0) return {Outcome::kDone, static_cast<std::size_t>(result)};
  return failed(result);
}

Transport::Result Transport::failed(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {Outcome::kLater};
    case SSL_ERROR_ZERO_RETURN:
      return {Outcome::kEnd};
    default:
      ERR_clear_error();
      return {Outcome::kBroken};
  }
}

void Transport::shutdownWrite() {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    forgetErrors();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(socket(), SHUT_WR);
}

Transport::Result Transport::drain(char* buffer, std::size_t size) {
  std::size_t dropped = 0;
  while (dropped < size) {
    const ssize_t result = ::recv(socket(), buffer, size, 0);
    if (result == 0) return {Outcome::kEnd, dropped};
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kLater : Outcome::kBroken, dropped};
    dropped += static_cast<std::size_t>(result);
  }
  return {Outcome::kDone, dropped};
}

}  // namespace kavro::http
