// Encrypts a field on its way into the database where the server has kavro.cipher/1, and stores it plain where not.
// A column beside the field says which, so rows of both kinds live together when the operator switches vault on or off.
//
// Threads: any. Ownership: the Host must outlive it.
// Errors: Error when the cipher is there and fails. A token that cannot be opened is nothing, and a warning in the
//   log, at most one every kWarnEvery, which says how many there were.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/host.hpp>
#include <kavro/services/cipher.hpp>

namespace kavro {

class FieldCipher {
 public:
  static constexpr std::chrono::seconds kWarnEvery{60};

  struct Sealed {
    std::string text;
    bool encrypted;
  };

  // `field` names what is encrypted, for the log: "message metadata".
  FieldCipher(const Host& host, std::string_view field)
      : log_(host.log()), field_(field), cipher_(host.findService<Cipher>()) {}
  FieldCipher(const FieldCipher&) = delete;
  FieldCipher& operator=(const FieldCipher&) = delete;

  Sealed seal(std::string_view plain) const {
    if (!cipher_) return {std::string(plain), false};
    return {cipher_->encrypt(plain), true};
  }

  // The plain text of a token that seal() made. Nothing when there is no cipher now, or none of its keys opens it.
  std::optional<std::string> open(std::string_view token) const {
    std::optional<std::string> plain;
    if (cipher_) plain = cipher_->decrypt(token);
    if (!plain) warn();
    return plain;
  }

 private:
  void warn() const {
    using namespace std::chrono;
    unopened_.fetch_add(1, std::memory_order_relaxed);
    const int64_t now_ms = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
    int64_t until_ms = quiet_until_ms_.load(std::memory_order_relaxed);
    if (now_ms < until_ms) return;
    if (!quiet_until_ms_.compare_exchange_strong(until_ms, now_ms + milliseconds(kWarnEvery).count())) return;
    const uint64_t count = unopened_.exchange(0, std::memory_order_relaxed);
    log_.warning(field_ + " is stored encrypted and cannot be decrypted (" + std::to_string(count) +
                 " since the last such line): " +
                 (cipher_ ? "none of the cipher's keys opens it; give [vault] the key it was encrypted with"
                          : "kavro.cipher/1 is not there; switch vault on"));
  }

  const Log& log_;
  const std::string field_;
  const std::optional<Cipher> cipher_;
  mutable std::atomic<int64_t> quiet_until_ms_{0};  // steady clock
  mutable std::atomic<uint64_t> unopened_{0};       // since the last warning
};

}  // namespace kavro
