// Tokens and keys of the vault. Only what was signed opens; what is signed and wrong inside is refused, too. Input: a
// line with keys, and a token; or "signed" and bytes that are signed with the key of this target.
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include "plugins/vault/base64url.hpp"
#include "plugins/vault/fernet.hpp"
#include "plugins/vault/key_ring.hpp"
#include "plugins/vault/mac.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::vault;

namespace {

const std::string kKeyText = std::string(43, 'A') + "=";

void checkSigned(const KeyRing& ring, std::string_view bytes) {
  static const std::array<unsigned char, Key::kHalfBytes> kZeros{};
  const auto mac = Mac(kZeros).of(bytes);
  std::string token(bytes);
  token.append(reinterpret_cast<const char*>(mac.data()), mac.size());
  const auto plain = ring.decrypt(encodeBase64Url(token));
  // 0x80, time, vector, and blocks: nothing else opens.
  const bool possible = bytes.size() >= 41 && bytes.size() % 16 == 9 && bytes[0] == '\x80';
  require(possible || !plain, "a token of another form not to open");
  if (plain) require(plain->size() < bytes.size() - 25, "no more text than its blocks hold");
}

void checkKeys(std::string_view keys, std::string_view token) {
  try {
    const KeyRing ring = KeyRing::read(keys, std::nullopt);
    require(ring.size() >= 1 && ring.size() <= KeyRing::kKeysMax, "1 to 64 keys");
    ring.decrypt(token);
    require(ring.decrypt(ring.encrypt(token)) == token, "a text back");
  } catch (const std::invalid_argument& error) {
    require(error.what()[0] != '\0', "a reason");
    for (std::string_view rest = keys; !rest.empty();) {
      const std::string_view key = kavro::fuzz::takeUntil(rest, ' ');
      if (key.size() > 20)
        require(std::string_view(error.what()).find(key) == std::string_view::npos, "no key in a message");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const KeyRing kRing = KeyRing::read(kKeyText, std::nullopt);
  std::string_view input = kavro::fuzz::textOf(data, size);
  const std::string_view line = kavro::fuzz::takeLine(input);
  if (line == "signed") {
    checkSigned(kRing, input);
  } else {
    checkKeys(line, input);
  }
  const std::string token = kRing.encrypt(input);
  require(kRing.decrypt(token) == input, "a text back");
  // One bit changed anywhere.
  kavro::fuzz::Draw draw(input);
  std::string changed = token;
  char& c = changed[draw.below(changed.size())];
  c = static_cast<char>(c ^ (1 << draw.below(7)));
  require(!kRing.decrypt(changed), "a changed token not to open", changed);
  return 0;
}
