// Bytes over one accepted socket, plain or TLS, never blocking. Threads: its reactor's.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <openssl/ssl.h>

#include "kernel/http/file_descriptor.hpp"

namespace kavro::http {

class Transport {
 public:
  enum class Outcome {
    kDone,   // `bytes` were read or written, or the handshake is complete
    kLater,  // nothing now; the socket's next event will tell
    kEnd,    // reading: the other side has ended its direction
    kBroken  // the connection is of no more use
  };
  struct Result {
    Outcome outcome;
    std::size_t bytes = 0;
  };

  // `context` is null for a plain connection. Throws std::bad_alloc.
  Transport(FileDescriptor socket, SSL_CTX* context);

  int socket() const { return socket_.get(); }
  bool isTls() const { return ssl_ != nullptr; }

  Outcome handshake();
  Result read(char* buffer, std::size_t size);
  Result write(std::string_view data);
  // Ends our direction; what the other side still sends can be drained.
  void shutdownWrite();
  // Reads and drops raw bytes, after shutdownWrite: kLater, kEnd or kBroken; `bytes` were dropped.
  Result drain(char* buffer, std::size_t size);

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Result failed(int result);

  FileDescriptor socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace kavro::http
