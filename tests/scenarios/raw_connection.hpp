// A connection on which a test says exactly which bytes go out, plain or TLS (through OpenSSL, no client of ours or
// POCO's between). Reads with a small reader of its own, which knows nothing but Content-Length.
//
// Threads: one. Errors: std::runtime_error when connecting or sending fails or kPatience is over.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/scenarios/client.hpp"
#include "tests/scenarios/reply.hpp"
#include "tests/services/certificate.hpp"
#include "tests/services/process.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace kavro::testing {

// What the client wants of TLS.
struct TlsWish {
  // Versions as OpenSSL numbers them; 0: whatever both sides have.
  int minimum = 0;
  int maximum = 0;
  // For which host (SNI); the server's certificate has to be for it, and is trusted as the endpoint says.
  std::string name = "localhost";
  const Certificate* certificate = nullptr;  // that it shows
  std::string protocols = {};                // ALPN, each behind a byte with its length: "\x08http/1.1"
};

class RawConnection {
 public:
  explicit RawConnection(const Server& server, TlsWish wish = {});
  explicit RawConnection(const Endpoint& endpoint, TlsWish wish = {});
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // All of it. A server that has closed is no failure: what it said before can still be read.
  void send(std::string_view bytes);
  // Says that nothing more will be sent.
  void finishSending();

  // Everything until the server closes, or until nothing has come for `idle`.
  std::string readAll(std::chrono::milliseconds idle = kPatience);
  // The next answer. `head`: it answers HEAD, so no body follows. Nothing when the server closed before its end.
  std::optional<Reply> readReply(bool head = false);
  // True when the server has closed and every byte before that has been read; waits for `patience`.
  bool isClosed(std::chrono::milliseconds patience = kPatience);

  // The common name of the server's certificate.
  std::string serverSubject() const;
  // The TLS version agreed on, "TLSv1.3"; empty on a plain connection.
  std::string tlsVersion() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Step { kData, kClosed, kTimeout };

  // Reads once into buffer_.
  Step readMore(Clock::time_point deadline);
  bool waitFor(short events, Clock::time_point deadline) const;
  void handshake(const Endpoint& endpoint, const TlsWish& wish);
  void close();

  int socket_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* tls_ = nullptr;
  std::string buffer_;
};

}  // namespace kavro::testing
