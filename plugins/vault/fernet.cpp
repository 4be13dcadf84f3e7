#include "fernet.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "base64url.hpp"

namespace kavro::vault {
namespace {

constexpr unsigned char kVersion = 0x80;
constexpr size_t kBlockBytes = 16;
constexpr size_t kVectorOffset = 9;
constexpr size_t kTextOffset = 25;
constexpr size_t kSignatureBytes = 32;

void expect(bool good, const char* what) {
  if (good) return;
  ERR_clear_error();  // nobody else's business, and TLS on this thread would take it for its own
  throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Deleter<EVP_CIPHER_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Deleter<EVP_MAC_CTX_free>>;

unsigned char* bytesOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytesOf(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

CipherContext keyed(const Key& key, int encrypting) {
  CipherContext context(EVP_CIPHER_CTX_new());
  expect(context && EVP_CipherInit_ex2(context.get(), EVP_aes_128_cbc(), key.encryption().data(), nullptr, encrypting,
                                       nullptr) == 1,
         "AES-128-CBC");
  return context;
}

CipherContext copied(const CipherContext& from) {
  CipherContext context(EVP_CIPHER_CTX_new());
  expect(context && EVP_CIPHER_CTX_copy(context.get(), from.get()) == 1, "copying a cipher's state");
  return context;
}

MacContext keyedMac(const Key& key) {
  const std::unique_ptr<EVP_MAC, Deleter<EVP_MAC_free>> mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  MacContext context(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
  char digest[] = OSSL_DIGEST_NAME_SHA2_256;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  expect(context && EVP_MAC_init(context.get(), key.signing().data(), key.signing().size(), parameters) == 1,
         "HMAC-SHA-256");
  return context;
}

}  // namespace

// Setting a key costs more than using it, so contexts are keyed once, copied when more threads come, and kept.
struct Fernet::Contexts {
  explicit Contexts(const Key& key) : encrypt(keyed(key, 1)), decrypt(keyed(key, 0)), mac(keyedMac(key)) {}
  Contexts(const Contexts& other)
      : encrypt(copied(other.encrypt)), decrypt(copied(other.decrypt)), mac(EVP_MAC_CTX_dup(other.mac.get())) {
    expect(mac != nullptr, "copying a MAC's state");
  }

  CipherContext encrypt, decrypt;
  MacContext mac;
};

// Contexts for the length of one call.
class Fernet::Lease {
 public:
  explicit Lease(const Fernet& owner) : owner_(owner) {
    const std::lock_guard lock(owner_.mutex_);
    if (owner_.idle_.empty()) {
      contexts_ = std::make_unique<Contexts>(*owner_.original_);
      owner_.idle_.reserve(++owner_.leases_max_);  // so that giving back cannot fail
    } else {
      contexts_ = std::move(owner_.idle_.back());
      owner_.idle_.pop_back();
    }
  }
  ~Lease() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.idle_.push_back(std::move(contexts_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Contexts& operator*() { return *contexts_; }
  Contexts* operator->() { return contexts_.get(); }

 private:
  const Fernet& owner_;
  std::unique_ptr<Contexts> contexts_;
};

Fernet::Fernet(const Key& key) : original_(std::make_unique<const Contexts>(key)) {}

Fernet::~Fernet() = default;  // OpenSSL wipes the contexts it frees

void Fernet::sign(Contexts& contexts, std::string_view bytes, unsigned char* signature) const {
  EVP_MAC_CTX* mac = contexts.mac.get();
  size_t size = 0;
  expect(EVP_MAC_init(mac, nullptr, 0, nullptr) == 1 && EVP_MAC_update(mac, bytesOf(bytes), bytes.size()) == 1 &&
             EVP_MAC_final(mac, signature, &size, kSignatureBytes) == 1 && size == kSignatureBytes,
         "HMAC-SHA-256");
}

std::string Fernet::encrypt(std::string_view plain) const {
  Vector vector;
  expect(RAND_bytes(vector.data(), static_cast<int>(vector.size())) == 1, "random bytes");
  return encrypt(plain, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()), vector);
}

std::string Fernet::encrypt(std::string_view plain, std::chrono::sys_seconds now, const Vector& vector) const {
  if (plain.size() > kPlainBytesMax) {
    throw std::length_error("a field of " + std::to_string(plain.size()) + " bytes is longer than the " +
                            std::to_string(kPlainBytesMax) + " that can be encrypted");
  }
  const size_t text_bytes = (plain.size() / kBlockBytes + 1) * kBlockBytes;
  std::string bytes(kTextOffset + text_bytes + kSignatureBytes, '\0');
  bytes[0] = static_cast<char>(kVersion);
  auto seconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (size_t i = 8; i > 0; --i, seconds >>= 8) bytes[i] = static_cast<char>(seconds);
  std::copy(vector.begin(), vector.end(), bytes.begin() + kVectorOffset);

  Lease contexts(*this);
  EVP_CIPHER_CTX* cipher = contexts->encrypt.get();
  unsigned char* out = bytesOf(bytes) + kTextOffset;
  int first = 0, last = 0;
  expect(EVP_EncryptInit_ex2(cipher, nullptr, nullptr, vector.data(), nullptr) == 1 &&
             EVP_EncryptUpdate(cipher, out, &first, bytesOf(plain), static_cast<int>(plain.size())) == 1 &&
             EVP_EncryptFinal_ex(cipher, out + first, &last) == 1,
         "AES-128-CBC");
  const size_t signed_bytes = kTextOffset + text_bytes;
  sign(*contexts, std::string_view(bytes).substr(0, signed_bytes), bytesOf(bytes) + signed_bytes);
  return encodeBase64Url(bytes);
}

std::optional<std::string> Fernet::decrypt(std::string_view token_bytes) const {
  if (token_bytes.size() < kTextOffset + kBlockBytes + kSignatureBytes) return std::nullopt;
  const size_t text_bytes = token_bytes.size() - kTextOffset - kSignatureBytes;
  if (text_bytes % kBlockBytes != 0 || text_bytes > kPlainBytesMax + kBlockBytes) return std::nullopt;
  if (static_cast<unsigned char>(token_bytes[0]) != kVersion) return std::nullopt;

  Lease contexts(*this);
  const size_t signed_bytes = kTextOffset + text_bytes;
  std::array<unsigned char, kSignatureBytes> signature{};
  sign(*contexts, token_bytes.substr(0, signed_bytes), signature.data());
  if (CRYPTO_memcmp(signature.data(), token_bytes.data() + signed_bytes, kSignatureBytes) != 0) return std::nullopt;

  // Only what is proven to be ours gets here, so a wrong padding tells an attacker nothing.
  std::string plain(text_bytes, '\0');
  EVP_CIPHER_CTX* cipher = contexts->decrypt.get();
  int first = 0, last = 0;
  expect(EVP_DecryptInit_ex2(cipher, nullptr, nullptr, bytesOf(token_bytes) + kVectorOffset, nullptr) == 1 &&
             EVP_DecryptUpdate(cipher, bytesOf(plain), &first, bytesOf(token_bytes) + kTextOffset,
                               static_cast<int>(text_bytes)) == 1,
         "AES-128-CBC");
  if (EVP_DecryptFinal_ex(cipher, bytesOf(plain) + first, &last) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  plain.resize(static_cast<size_t>(first + last));
  return plain;
}

}  // namespace kavro::vault
