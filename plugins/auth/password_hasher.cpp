#include "password_hasher.hpp"

#include <crypt.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <kavro/error.hpp>

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

[[noreturn]] void throwNoMemory() { throw Error(Status::kUnavailable, "there is no memory to hash a password"); }

}  // namespace

void PasswordHasher::prepare() {
  std::array<char, 32> random{};
  randombytes_buf(random.data(), random.size());
  dummy_ = hash({random.data(), random.size()});
  if (cost_.importedCost > 0) importedDummy_ = makeBcryptDummy(cost_.importedCost);
}

std::string PasswordHasher::hash(std::string_view password) const {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost_.passes, cost_.memoryBytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throwNoMemory();
  }
  return out.data();
}

bool PasswordHasher::verifyArgon2(const std::string& stored, std::string_view password) const {
  errno = 0;
  if (crypto_pwhash_str_verify(stored.c_str(), password.data(), password.size()) == 0) return true;
  if (errno == ENOMEM) throwNoMemory();
  return false;
}

bool PasswordHasher::needsNewHash(const std::string& stored) const {
  return crypto_pwhash_str_needs_rehash(stored.c_str(), cost_.passes, cost_.memoryBytes) != 0;
}

PasswordHasher::Evaluation PasswordHasher::evaluate(const std::optional<std::string>& stored,
                                                    std::string_view password) const {
  Evaluation evaluation;
  if (stored && isBcrypt(*stored)) {
    evaluation.right = verifyBcrypt(*stored, password);
    if (evaluation.right) {
      evaluation.newHash = hash(password);
    } else if (!importedDummy_.empty()) {
      verifyArgon2(dummy_, password);
    }
    return evaluation;
  }
  const bool matches = verifyArgon2(stored ? *stored : dummy_, password);
  if (!importedDummy_.empty()) verifyBcrypt(importedDummy_, password);
  evaluation.right = matches && stored;
  if (evaluation.right && needsNewHash(*stored)) evaluation.newHash = hash(password);
  return evaluation;
}

}  // namespace kavro::auth
