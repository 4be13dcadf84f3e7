#include "key_ring.hpp"

#include <stdexcept>

#include "base64url.hpp"

namespace kavro::vault {
namespace {

constexpr std::string_view kSeparators = " \t\r\n";
constexpr const char* kHowToMakeOne = "a key is made with: head -c 32 /dev/urandom | base64 | tr '+/' '-_'";

}  // namespace

KeyRing KeyRing::read(std::string_view keys, std::optional<std::string_view> derive_from) {
  KeyRing ring;
  for (size_t start = 0; (start = keys.find_first_not_of(kSeparators, start)) != std::string_view::npos;) {
    const std::string_view word = keys.substr(start, keys.find_first_of(kSeparators, start) - start);
    start += word.size();
    const std::string position = "keys: key " + std::to_string(ring.keys_.size() + 1);
    if (ring.keys_.size() == kKeysMax) {
      throw std::invalid_argument(position + " is one too many, at most " + std::to_string(kKeysMax) +
                                  " are taken; drop the old ones at the end");
    }
    const std::optional<Key> key = Key::parse(word);
    if (!key) {
      throw std::invalid_argument(position + " is no Fernet key: found " + std::to_string(word.size()) +
                                  " characters, expected 32 bytes as 44 characters of base64url with its '=' at the "
                                  "end; " +
                                  kHowToMakeOne);
    }
    ring.keys_.push_back(std::make_unique<const Fernet>(*key));
  }
  if (derive_from) ring.keys_.push_back(std::make_unique<const Fernet>(Key::derive(*derive_from)));
  if (ring.keys_.empty()) {
    throw std::invalid_argument(std::string("no key: set keys_file to a file with a Fernet key per line (tools/secrets "
                                            "makes one, mode 0600); ") +
                                kHowToMakeOne);
  }
  return ring;
}

std::string KeyRing::encrypt(std::string_view plain) const { return keys_.front()->encrypt(plain); }

std::optional<std::string> KeyRing::decrypt(std::string_view token) const {
  std::optional<std::string> text = decodeBase64Url(token);
  if (!text) return std::nullopt;
  for (const auto& key : keys_) {
    if (key->decrypt(*text)) return text;
  }
  return std::nullopt;
}

}  // namespace kavro::vault
