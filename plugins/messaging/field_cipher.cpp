#include "field_cipher.hpp"

namespace kavro::messaging {

FieldCipher::FieldCipher(const Host& host, std::string_view field)
    : log_(host.log()), field_(field), cipher_(host.findService<Cipher>()) {}

FieldCipher::Sealed FieldCipher::seal(std::string_view plain) const {
  if (!cipher_) return {std::string(plain), false};
  return {cipher_->encrypt(plain), true};
}

std::optional<std::string> FieldCipher::open(std::string_view token) const {
  std::optional<std::string> plain;
  if (cipher_) plain = cipher_->decrypt(token);
  if (!plain) warn();
  return plain;
}

void FieldCipher::warn() const {
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

}  // namespace kavro::messaging
