#include "kernel/http/ticket_keys.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>

namespace kavro::http {

namespace {

// What the callback may answer.
constexpr int kFailed = -1;
constexpr int kNoSuchKey = 0;
constexpr int kUse = 1;
constexpr int kUseAndRenew = 2;

constexpr int kIvBytes = 16;

void fill(unsigned char* bytes, std::size_t size) {
  if (RAND_priv_bytes(bytes, static_cast<int>(size)) != 1) {
    throw std::runtime_error("[tls] ticket_lifetime: the system gives no random bytes for the keys of tickets");
  }
}

}  // namespace

TicketKeys::Key::Key(Clock::time_point now) : made(now) {
  fill(name.data(), name.size());
  fill(encryption.data(), encryption.size());
  fill(authentication.data(), authentication.size());
}

TicketKeys::Key::~Key() {
  OPENSSL_cleanse(encryption.data(), encryption.size());
  OPENSSL_cleanse(authentication.data(), authentication.size());
}

bool TicketKeys::Key::authenticate(EVP_MAC_CTX* mac) const {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  return EVP_MAC_init(mac, authentication.data(), authentication.size(), parameters) == 1;
}

TicketKeys::TicketKeys(std::chrono::milliseconds lifetime, std::function<Clock::time_point()> now)
    : now_(std::move(now)), lifetime_(lifetime), current_(now_()) {}

TicketKeys::~TicketKeys() = default;

void TicketKeys::setLifetime(std::chrono::milliseconds lifetime) {
  const std::lock_guard lock(mutex_);
  lifetime_ = lifetime;
  rotateNow();
}

void TicketKeys::rotate() {
  const std::lock_guard lock(mutex_);
  rotateNow();
}

void TicketKeys::rotateNow() {
  const Clock::time_point now = now_();
  if (now - current_.made >= lifetime_) {
    previous_ = current_;
    current_ = Key(now);
  }
  if (previous_ && now - previous_->made >= 2 * lifetime_) previous_.reset();
}

int TicketKeys::seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const std::lock_guard lock(mutex_);
  rotateNow();
  if (RAND_bytes(iv, kIvBytes) != 1) return kFailed;
  std::copy(current_.name.begin(), current_.name.end(), name);
  const bool ready =
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, current_.encryption.data(), iv) == 1 &&
      current_.authenticate(mac);
  return ready ? kUse : kFailed;
}

int TicketKeys::open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const std::lock_guard lock(mutex_);
  rotateNow();
  const auto isNamed = [name](const Key& key) { return std::equal(key.name.begin(), key.name.end(), name); };
  const Key* key = nullptr;
  if (isNamed(current_)) key = &current_;
  else if (previous_ && isNamed(*previous_)) key = &*previous_;
  if (!key) return kNoSuchKey;
  const bool ready = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->encryption.data(), iv) == 1 &&
                     key->authenticate(mac);
  if (!ready) return kFailed;
  return key == &current_ ? kUse : kUseAndRenew;
}

}  // namespace kavro::http
