#include "fernet.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>

#include "base64url.hpp"
#include "mac.hpp"
#include "openssl.hpp"

namespace kavro::vault {
namespace {

constexpr unsigned char kVersion = 0x80;
constexpr size_t kBlockBytes = 16;
constexpr size_t kVectorOffset = 9;
constexpr size_t kTextOffset = 25;
constexpr size_t kSignatureBytes = Mac::kBytes;

enum class Direction { kDecrypt = 0, kEncrypt = 1 };

CipherContext keyed(const Key& key, Direction direction) {
  CipherContext context(EVP_CIPHER_CTX_new());
  constexpr Fernet::Vector kAnyVector{};
  expect(context && EVP_CipherInit_ex2(context.get(), EVP_aes_128_cbc(), key.encryption().data(), kAnyVector.data(),
                                       static_cast<int>(direction), nullptr) == 1,
         "AES-128-CBC");
  return context;
}

CipherContext copied(const CipherContext& from) {
  CipherContext context(EVP_CIPHER_CTX_new());
  expect(context && EVP_CIPHER_CTX_copy(context.get(), from.get()) == 1, "copying a cipher's state");
  return context;
}

// The bytes of padding at the end of whole blocks, 0 when they are not padded as PKCS #7 (RFC 5652 section 6.3).
size_t paddingOf(std::string_view blocks) {
  const size_t size = static_cast<unsigned char>(blocks.back());
  if (size < 1 || size > kBlockBytes) return 0;
  const std::string_view padding = blocks.substr(blocks.size() - size);
  return padding.find_first_not_of(padding.back()) == std::string_view::npos ? size : 0;
}

}  // namespace

// Setting a key costs more than using it, so contexts are keyed once, copied when more threads come, and kept.
struct Fernet::Contexts {
  explicit Contexts(const Key& key)
      : encrypt(keyed(key, Direction::kEncrypt)), decrypt(keyed(key, Direction::kDecrypt)), mac(key.signing()) {
    expect(EVP_CIPHER_CTX_set_padding(decrypt.get(), 0) == 1, "AES-128-CBC without padding");
  }
  Contexts(const Contexts& other) : encrypt(copied(other.encrypt)), decrypt(copied(other.decrypt)), mac(other.mac) {}
  Contexts& operator=(const Contexts&) = delete;
  ~Contexts() { OPENSSL_cleanse(random.data(), random.size()); }

  // A new vector. Random bytes are drawn for many at once, because a draw costs 0.8 µs however little is drawn; each is
  // given out once.
  Vector nextVector() {
    if (random_used == random.size()) {
      expect(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1, "random bytes");
      random_used = 0;
    }
    Vector vector;
    unsigned char* next = random.data() + random_used;
    std::copy_n(next, vector.size(), vector.begin());
    OPENSSL_cleanse(next, vector.size());
    random_used += vector.size();
    return vector;
  }

  CipherContext encrypt, decrypt;
  Mac mac;
  std::array<unsigned char, 32 * sizeof(Vector)> random;
  size_t random_used = sizeof random;
};

// Contexts for the length of one call. Each thread begins to look at a place of its own.
class Fernet::Lease {
 public:
  explicit Lease(const Fernet& owner)
      : owner_(owner), first_(std::hash<std::thread::id>()(std::this_thread::get_id())) {
    for (size_t i = 0; i < kIdleMax && !contexts_; ++i) {
      std::atomic<Contexts*>& place = placeAt(i);
      if (place.load(std::memory_order_relaxed)) contexts_.reset(place.exchange(nullptr, std::memory_order_acquire));
    }
    if (!contexts_) contexts_ = std::make_unique<Contexts>(*owner_.original_);
  }
  ~Lease() {
    for (size_t i = 0; i < kIdleMax; ++i) {
      Contexts* none = nullptr;
      if (placeAt(i).compare_exchange_strong(none, contexts_.get(), std::memory_order_release,
                                             std::memory_order_relaxed)) {
        contexts_.release();
        return;
      }
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Contexts& operator*() { return *contexts_; }
  Contexts* operator->() { return contexts_.get(); }

 private:
  std::atomic<Contexts*>& placeAt(size_t i) const { return owner_.idle_[(first_ + i) % kIdleMax].contexts; }

  const Fernet& owner_;
  const size_t first_;
  std::unique_ptr<Contexts> contexts_;
};

Fernet::Fernet(const Key& key) : original_(std::make_unique<const Contexts>(key)) {}

Fernet::~Fernet() {
  for (Place& place : idle_) delete place.contexts.load();  // OpenSSL wipes the contexts it frees
}

std::string Fernet::encrypt(std::string_view plain) const {
  const Vector vector = Lease(*this)->nextVector();
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
  const auto signature = contexts->mac.of(std::string_view(bytes).substr(0, signed_bytes));
  std::copy(signature.begin(), signature.end(), bytesOf(bytes) + signed_bytes);
  return encodeBase64Url(bytes);
}

bool Fernet::decrypt(std::string& token_bytes) const {
  if (token_bytes.size() < kTextOffset + kBlockBytes + kSignatureBytes) return false;
  const size_t text_bytes = token_bytes.size() - kTextOffset - kSignatureBytes;
  if (text_bytes % kBlockBytes != 0 || text_bytes > kPlainBytesMax + kBlockBytes) return false;
  if (static_cast<unsigned char>(token_bytes[0]) != kVersion) return false;

  Lease contexts(*this);
  const size_t signed_bytes = kTextOffset + text_bytes;
  const auto signature = contexts->mac.of(std::string_view(token_bytes).substr(0, signed_bytes));
  if (CRYPTO_memcmp(signature.data(), token_bytes.data() + signed_bytes, kSignatureBytes) != 0) return false;

  // In CBC the vector is nothing but the block of ciphertext before the first, and it stands there in the token. So it
  // is decrypted along, to nothing of use, in one call without setting a vector, which costs six times as much.
  static_assert(kVectorOffset + kBlockBytes == kTextOffset);
  unsigned char* blocks = bytesOf(token_bytes) + kVectorOffset;
  int decrypted = 0;
  const int blocks_bytes = static_cast<int>(kBlockBytes + text_bytes);
  expect(EVP_DecryptUpdate(contexts->decrypt.get(), blocks, &decrypted, blocks, blocks_bytes) == 1 &&
             decrypted == blocks_bytes,
         "AES-128-CBC");

  // Only what is proven to be ours gets here, so a wrong padding tells an attacker nothing.
  token_bytes.resize(signed_bytes);
  const size_t padding = paddingOf(token_bytes);
  token_bytes.resize(signed_bytes - padding);
  token_bytes.erase(0, kTextOffset);
  return padding != 0;
}

}  // namespace kavro::vault
