// What counts as a public key, in both plugins that take one, and as a device's name. Input: a text.
#include <simdjson.h>

#include <string>

#include "plugins/keys/device_name.hpp"
#include "plugins/keys/public_key.hpp"
#include "plugins/messaging/ephemeral_key.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro;

namespace {

void checkKey(std::string_view text) {
  static const keys::KeyRule kRule(keys::KeyFormat::kX25519, 64);
  static const messaging::EphemeralKeyRule kOther(messaging::KeyFormat::kX25519, 64);
  const keys::Checked key = kRule.check(text);
  const messaging::EphemeralKeyRule::Checked other = kOther.check(text);
  require(key.ok() == other.reason.empty(), "both plugins to agree on a key", text);
  if (!key.ok()) return;
  require(key.value == other.key && key.value.size() == 64, "the same key in both");
  require(key.value.find_first_not_of("0123456789abcdef") == std::string::npos, "64 hex digits", key.value);
  require(kRule.check(key.value).value == key.value, "what is stored to be a key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::textOf(data, size);
  checkKey(text);
  // Digits enough for a key, whatever the text is.
  std::string digits;
  for (const char c : text.substr(0, 32)) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    digits += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
  }
  checkKey(digits + std::string(64 - digits.size(), '0'));

  const keys::Checked any = keys::KeyRule(keys::KeyFormat::kAny, 64).check(text);
  require(!any.ok() || (!text.empty() && size <= 64 && any.value == text), "a text within its limit");
  const auto other = messaging::EphemeralKeyRule(messaging::KeyFormat::kAny, 64).check(text);
  require(!other.reason.empty() || (!text.empty() && size <= 64 && other.key == text), "a text within its limit");
  if (!simdjson::validate_utf8(text)) return 0;  // the JSON reader has seen to that
  const keys::Checked name = keys::DeviceNameRule(8).check(text);
  require(!name.ok() || (size <= 8 * 4 && !keys::hasControlCharacter(text)), "a name within its limit");
  return 0;
}
