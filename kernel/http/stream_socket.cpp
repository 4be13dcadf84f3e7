#include "kernel/http/stream_socket.hpp"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

namespace kavro::http {

namespace {

using Outcome = StreamSocket::Outcome;

StreamSocket& socketOf(BIO* bio) { return *static_cast<StreamSocket*>(BIO_get_data(bio)); }

int bioRead(BIO* bio, char* buffer, int size) {
  BIO_clear_retry_flags(bio);
  const StreamSocket::Result result = socketOf(bio).read(buffer, static_cast<std::size_t>(size));
  if (result.outcome == Outcome::kDone) return static_cast<int>(result.bytes);
  if (result.outcome == Outcome::kLater) BIO_set_retry_read(bio);
  if (result.outcome == Outcome::kEnd) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return 0;
  }
  return -1;
}

int bioWrite(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const StreamSocket::Result result = socketOf(bio).write({data, static_cast<std::size_t>(size)});
  if (result.outcome == Outcome::kDone) return static_cast<int>(result.bytes);
  if (result.outcome == Outcome::kLater) BIO_set_retry_write(bio);
  return -1;
}

long bioControl(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;  // nothing is kept back
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    default:
      return 0;
  }
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

std::unique_ptr<BIO_METHOD, FreeMethod> makeMethod() {
  std::unique_ptr<BIO_METHOD, FreeMethod> method(
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "kavro socket"));
  if (!method || BIO_meth_set_read(method.get(), bioRead) != 1 || BIO_meth_set_write(method.get(), bioWrite) != 1 ||
      BIO_meth_set_ctrl(method.get(), bioControl) != 1) {
    return nullptr;
  }
  return method;
}

}  // namespace

void StreamSocket::expectInput(bool ended) {
  emptied_ = false;
  ended_ = ended_ || ended;
}

StreamSocket::Result StreamSocket::read(char* buffer, std::size_t size) {
  if (emptied_) return {Outcome::kLater};
  ssize_t result;
  do result = ::recv(descriptor_.get(), buffer, size, 0);
  while (result < 0 && errno == EINTR);
  if (result > 0) {
    const auto bytes = static_cast<std::size_t>(result);
    emptied_ = bytes < size && !ended_;
    return {Outcome::kDone, bytes};
  }
  if (result == 0) return {Outcome::kEnd};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kLater : Outcome::kBroken};
}

StreamSocket::Result StreamSocket::write(std::string_view data) {
  ssize_t result;
  do result = ::send(descriptor_.get(), data.data(), data.size(), MSG_NOSIGNAL);
  while (result < 0 && errno == EINTR);
  if (result < 0) return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::kLater : Outcome::kBroken};
  const auto bytes = static_cast<std::size_t>(result);
  written_bytes_ += bytes;
  return {Outcome::kDone, bytes};
}

std::uint64_t StreamSocket::takenBytes() const {
  int waiting = 0;
  if (::ioctl(descriptor_.get(), SIOCOUTQ, &waiting) != 0 || waiting < 0) return written_bytes_;
  return written_bytes_ - std::min(written_bytes_, static_cast<std::uint64_t>(waiting));
}

BIO* StreamSocket::bio() {
  static const auto method = makeMethod();  // a table of functions, made once because OpenSSL counts the kinds
  BIO* bio = method ? BIO_new(method.get()) : nullptr;
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace kavro::http
