// Bytes over one accepted socket, plain or TLS, never blocking. Threads: its reactor's.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <openssl/ssl.h>

#include "kernel/http/stream_socket.hpp"

namespace kavro::http {

class Transport {
 public:
  using Outcome = StreamSocket::Outcome;  // kDone of a handshake: it is complete
  using Result = StreamSocket::Result;

  // `context` is null for a plain connection. Throws std::bad_alloc.
  Transport(FileDescriptor socket, SSL_CTX* context);

  int socket() const { return socket_.descriptor(); }
  bool isTls() const { return ssl_ != nullptr; }

  // As StreamSocket::expectInput(), before reading what an event told of.
  void expectInput(bool ended) { socket_.expectInput(ended); }

  // False: a read would be kLater, and is not worth the call.
  bool mayHaveInput() const { return !socket_.emptied() || (ssl_ && SSL_has_pending(ssl_.get()) == 1); }

  Outcome handshake();
  Result read(char* buffer, std::size_t size);
  Result write(std::string_view data);
  // False when the certificate that was shown is not for the host of this authority.
  bool speaksFor(std::string_view authority) const;
  // Raw bytes of ours that the other side has acknowledged.
  std::uint64_t takenBytes() const { return socket_.takenBytes(); }
  // Ends our direction; what the other side still sends can be drained.
  void shutdownWrite();
  // Reads and drops raw bytes, after shutdownWrite: kLater, kEnd or kBroken; `bytes` were dropped.
  Result drain(char* buffer, std::size_t size);

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Result failed(int result);

  StreamSocket socket_;  // before ssl_, which reads and writes through it
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace kavro::http
