// A connected TCP socket that never blocks, and that knows when asking it for more input would be in vain.
//
// The reactor waits for edges: after one, all input has to be read. A read that returns less than was asked for has
// emptied the socket (epoll(7)), so the system call that would only say EAGAIN is not made: one of three that a request
// over TLS costs. When the other side has ended its direction no further edge will come, so then every read is made.
//
// Threads: its reactor's. OpenSSL uses it through bio().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <openssl/bio.h>

#include "kernel/http/file_descriptor.hpp"

namespace kavro::http {

class StreamSocket {
 public:
  enum class Outcome {
    kDone,   // `bytes` were read or written
    kLater,  // nothing now; the socket's next event will tell
    kEnd,    // reading: the other side has ended its direction
    kBroken  // the connection is of no more use
  };
  struct Result {
    Outcome outcome;
    std::size_t bytes = 0;
  };

  explicit StreamSocket(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  int descriptor() const { return descriptor_.get(); }

  // An event said that there may be input; `ended`: and that there will be no more.
  void expectInput(bool ended);

  // There is no input until the next event.
  bool emptied() const { return emptied_; }

  Result read(char* buffer, std::size_t size);
  Result write(std::string_view data);

  // Bytes that the other side has acknowledged, of all that were written: what was written and waits in the kernel,
  // which takes megabytes, is not among them.
  std::uint64_t takenBytes() const;

  // For SSL_set_bio(), which becomes its owner; this must outlive it. Null when there is no memory.
  BIO* bio();

 private:
  FileDescriptor descriptor_;
  bool emptied_ = false;
  bool ended_ = false;
  std::uint64_t written_bytes_ = 0;
};

}  // namespace kavro::http
