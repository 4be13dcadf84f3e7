// The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1): with a ticket a client takes up a session again, and
// the server need not remember it.
//
// Whoever has a ticket's key can read the sessions of TLS 1.2 that the ticket resumes. So keys are made here, at random,
// and never leave the process; one encrypts tickets for `lifetime`, decrypts them for as long again, so that every
// ticket is good for its `lifetime`, and is then wiped. A stolen key opens what was recorded in twice the lifetime, and
// nothing before or after. A ticket of another process, or with a key that has gone, leads to a full handshake.
//
// A ticket: 16 bytes of the key's name, 16 of initialisation vector, the session with AES-256-CBC, and 32 of
// HMAC-SHA-256 over all of it, which is checked first.
//
// Threads: any.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include <openssl/evp.h>
#include <openssl/ssl.h>

namespace kavro::http {

class TicketKeys {
 public:
  using Clock = std::chrono::steady_clock;

  // `lifetime` > 0. Throws std::runtime_error when the system gives no random bytes.
  explicit TicketKeys(std::chrono::milliseconds lifetime, std::function<Clock::time_point()> now = Clock::now);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  void setLifetime(std::chrono::milliseconds lifetime);
  // Wipes what is over. Each use of a key does so too; this is for a server that nobody connects to.
  void rotate();

  // As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants it: what it gives and expects back.
  static constexpr std::size_t kNameBytes = 16;
  int seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);
  int open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac);

 private:
  static constexpr std::size_t kKeyBytes = 32;

  // Wiped when it ends.
  struct Key {
    std::array<unsigned char, kNameBytes> name;
    std::array<unsigned char, kKeyBytes> encryption;
    std::array<unsigned char, kKeyBytes> authentication;
    Clock::time_point made;

    explicit Key(Clock::time_point now);
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();
    bool authenticate(EVP_MAC_CTX* mac) const;
  };

  void rotateNow();  // the mutex is held

  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;  // protects what follows
  std::chrono::milliseconds lifetime_;
  Key current_;
  std::optional<Key> previous_;
};

}  // namespace kavro::http
