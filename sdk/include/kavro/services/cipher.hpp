// kavro.cipher/1: encrypt and decrypt a field. Threads: any.
#pragma once

#include <optional>
#include <string>

#include <kavro/abi/services/cipher.h>
#include <kavro/error.hpp>
#include <kavro/text.hpp>

namespace kavro {

class Cipher {
 public:
  using Table = kavro_cipher_v1;
  static constexpr const char* kId = KAVRO_CIPHER;

  explicit Cipher(const Table* table) : table_(table) {}

  std::string encrypt(std::string_view plain) const {
    std::string token;
    check(table_->encrypt(table_->self, toAbi(plain), store, &token), "a field could not be encrypted");
    return token;
  }
  // Nothing when no key of ours opens it.
  std::optional<std::string> decrypt(std::string_view token) const {
    std::string plain;
    const kavro_status status = table_->decrypt(table_->self, toAbi(token), store, &plain);
    if (status == KAVRO_NOT_FOUND) return std::nullopt;
    check(status, "a field could not be decrypted");
    return plain;
  }

 private:
  static void store(void* user, kavro_text result) { *static_cast<std::string*>(user) = fromAbi(result); }

  const Table* table_;
};

}  // namespace kavro
