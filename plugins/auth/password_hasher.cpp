#include "password_hasher.hpp"

#include <crypt.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include <kavro/error.hpp>

#include "password_text.hpp"

namespace kavro::auth {
namespace {

// bcrypt reads no more than this of a password.
constexpr std::size_t kBcryptBytesMax = 72;

// Wipes the room that crypt() worked in, which holds the password and the key schedule made of it.
struct WipeAndDelete {
  void operator()(crypt_data* data) const {
    sodium_memzero(data, sizeof *data);
    delete data;
  }
};

bool isBcrypt(std::string_view stored) {
  return stored.starts_with("$2b$") || stored.starts_with("$2a$") || stored.starts_with("$2y$");
}

// Cut where the service that made these hashes cut: at 72 bytes, and then before a character that was cut in two.
std::string_view cutForBcrypt(std::string_view password) {
  if (password.size() <= kBcryptBytesMax) return password;
  std::size_t end = kBcryptBytesMax;
  while (end > 0 && (static_cast<unsigned char>(password[end]) & 0xC0) == 0x80) --end;
  return password.substr(0, end);
}

bool verifyBcrypt(const std::string& stored, std::string_view password) {
  const std::string_view cut = cutForBcrypt(password);
  std::array<char, kBcryptBytesMax + 1> phrase{};
  std::memcpy(phrase.data(), cut.data(), cut.size());
  const std::unique_ptr<crypt_data, WipeAndDelete> room(new crypt_data{});
  // crypt_rn is crypt_r that says NULL, not "*0", when `stored` is no hash it knows.
  const char* computed = crypt_rn(phrase.data(), stored.c_str(), room.get(), sizeof *room);
  sodium_memzero(phrase.data(), phrase.size());
  // It would take what stands before a NUL for the whole password.
  return computed && cut.find('\0') == std::string_view::npos && std::strlen(computed) == stored.size() &&
         sodium_memcmp(computed, stored.data(), stored.size()) == 0;
}

std::string makeBcryptDummy(unsigned cost) {
  std::array<char, 16> random{};
  randombytes_buf(random.data(), random.size());
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const std::unique_ptr<crypt_data, WipeAndDelete> room(new crypt_data{});
  const char* made = nullptr;
  if (crypt_gensalt_rn("$2b$", cost, random.data(), static_cast<int>(random.size()), setting.data(),
                       static_cast<int>(setting.size()))) {
    randombytes_buf(random.data(), random.size());
    random.back() = '\0';
    made = crypt_rn(random.data(), setting.data(), room.get(), sizeof *room);
  }
  if (!made) {
    throw Error(Status::kInvalid, "imported_hash_cost is " + std::to_string(cost) +
                                      ", which is no cost of bcrypt: expected 0 (no imported accounts) or 4 to 16");
  }
  return made;
}

// What hash() has made, taken apart.
struct OwnHash {
  static constexpr std::size_t kHashBytes = 32;

  unsigned long long passes = 0;
  std::size_t memory_bytes = 0;
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  std::array<unsigned char, kHashBytes> hash{};
};

// Takes `prefix` and a number off the front of `text`.
template <typename Number>
bool takeNumber(std::string_view& text, std::string_view prefix, Number& number) {
  if (!text.starts_with(prefix)) return false;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + prefix.size(), end, number);
  text = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return error == std::errc();
}

// Takes `prefix` and exactly N bytes in base64 off the front of `text`.
template <std::size_t N>
bool takeBytes(std::string_view& text, std::string_view prefix, std::array<unsigned char, N>& bytes) {
  constexpr std::size_t kDigits = (N * 4 + 2) / 3;
  if (!text.starts_with(prefix) || text.size() < prefix.size() + kDigits) return false;
  std::size_t size = 0;
  const bool read = sodium_base642bin(bytes.data(), N, text.data() + prefix.size(), kDigits, nullptr, &size, nullptr,
                                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
  text.remove_prefix(prefix.size() + kDigits);
  return read && size == N;
}

// Nothing for an Argon2 hash of another form, such as an imported one.
std::optional<OwnHash> readOwnHash(std::string_view stored) {
  OwnHash own;
  std::size_t memory_kib = 0;
  if (!takeNumber(stored, "$argon2id$v=19$m=", memory_kib) || !takeNumber(stored, ",t=", own.passes) ||
      !takeBytes(stored, ",p=1$", own.salt) || !takeBytes(stored, "$", own.hash) || !stored.empty()) {
    return std::nullopt;
  }
  own.memory_bytes = memory_kib * 1024;
  const bool possible = own.passes >= crypto_pwhash_OPSLIMIT_MIN && own.passes <= crypto_pwhash_OPSLIMIT_MAX &&
                        memory_kib >= crypto_pwhash_MEMLIMIT_MIN / 1024 &&
                        memory_kib <= crypto_pwhash_MEMLIMIT_MAX / 1024;
  return possible ? std::optional(own) : std::nullopt;
}

[[noreturn]] void throwNoMemory() { throw Error(Status::kUnavailable, "there is no memory to hash a password"); }

}  // namespace

void PasswordHasher::prepare() {
  std::array<char, 32> random{};
  randombytes_buf(random.data(), random.size());
  dummy_ = hash({random.data(), random.size()});
  if (cost_.importedCost > 0) importedDummy_ = makeBcryptDummy(cost_.importedCost);
}

std::string PasswordHasher::hash(std::string_view password) const {
  const std::string text = normalizedPassword(password);
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), text.data(), text.size(), cost_.passes, cost_.memoryBytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throwNoMemory();
  }
  return out.data();
}

bool PasswordHasher::verifyArgon2(const std::string& stored, std::string_view password) const {
  const std::optional<OwnHash> own = readOwnHash(stored);
  if (!own) return crypto_pwhash_str_verify(stored.c_str(), password.data(), password.size()) == 0;
  // Not crypto_pwhash_str_verify(): to that, memory that it does not get is a wrong password.
  std::array<unsigned char, OwnHash::kHashBytes> computed{};
  if (crypto_pwhash(computed.data(), computed.size(), password.data(), password.size(), own->salt.data(), own->passes,
                    own->memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throwNoMemory();
  }
  return sodium_memcmp(computed.data(), own->hash.data(), computed.size()) == 0;
}

bool PasswordHasher::needsNewHash(const std::string& stored) const {
  return crypto_pwhash_str_needs_rehash(stored.c_str(), cost_.passes, cost_.memoryBytes) != 0;
}

bool PasswordHasher::isUnexpected(const std::string& stored) const {
  return isBcrypt(stored) && importedDummy_.empty();
}

PasswordHasher::Match PasswordHasher::matchArgon2(const std::string& stored, std::string_view password) const {
  const std::string text = normalizedPassword(password);
  const bool matches = verifyArgon2(stored, text);
  // Whether or not the first was right, so that the time says nothing about `stored`.
  const bool matchesAsItCame = text != password && verifyArgon2(stored, password);
  return matches ? Match::kNormal : matchesAsItCame ? Match::kAsItCame : Match::kNone;
}

PasswordHasher::Evaluation PasswordHasher::evaluate(const std::optional<std::string>& stored,
                                                    std::string_view password) const {
  Evaluation evaluation;
  if (stored && isBcrypt(*stored)) {
    evaluation.right = verifyBcrypt(*stored, password);
    if (evaluation.right) {
      evaluation.newHash = hash(password);
    } else if (!importedDummy_.empty()) {
      matchArgon2(dummy_, password);
    }
    return evaluation;
  }
  const Match match = matchArgon2(stored ? *stored : dummy_, password);
  if (!importedDummy_.empty()) verifyBcrypt(importedDummy_, password);
  evaluation.right = stored && match != Match::kNone;
  if (evaluation.right && (match == Match::kAsItCame || needsNewHash(*stored))) evaluation.newHash = hash(password);
  return evaluation;
}

}  // namespace kavro::auth
