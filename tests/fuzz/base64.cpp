// The two decoders of base64 and the encoders, against a decoder that works digit by digit, and against OpenSSL. Input:
// a text, which is also taken as bytes.
#include <openssl/evp.h>

#include <optional>
#include <string>

#include "plugins/messaging/base64.hpp"
#include "plugins/vault/base64url.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// RFC 4648, padding required, no bit that carries nothing.
std::optional<std::string> slowDecode(std::string_view text, std::string_view last_two) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  unsigned bits = 0, count = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const std::size_t digit = kDigits.find(c), other = last_two.find(c);
    if (digit == std::string_view::npos && other == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(digit != std::string_view::npos ? digit : 62 + other);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xFF);
      bits &= (1U << count) - 1;
    }
  }
  return bits == 0 ? std::optional(bytes) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = kavro::fuzz::textOf(data, size);
  using kavro::messaging::Base64;

  const auto plain = Base64::decode(text);
  require(plain == slowDecode(text, "+/"), "base64 as the other decoder has it", text);
  const auto url = kavro::vault::decodeBase64Url(text);
  require(url == slowDecode(text, "-_"), "base64url as the other decoder has it", text);
  if (plain) {
    require(Base64::decodedSize(text) == plain->size(), "the size that was foretold");
    std::string again;
    Base64::encode(*plain, again);
    require(again == text, "one text for each bytes", again);
  }
  if (url) require(kavro::vault::encodeBase64Url(*url) == text, "one text for each bytes");

  std::string encoded = "x";
  Base64::encode(text, encoded);
  encoded.erase(0, 1);
  std::string by_openssl(4 * (size / 3 + 1) + 1, '\0');
  by_openssl.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(by_openssl.data()), data, static_cast<int>(size))));
  require(encoded == by_openssl && encoded.size() == Base64::encodedSize(size), "what OpenSSL encodes", encoded);
  require(Base64::decode(encoded) == text, "the bytes back");
  const std::string encoded_url = kavro::vault::encodeBase64Url(text);
  require(kavro::vault::decodeBase64Url(encoded_url) == text, "the bytes back");
  return 0;
}
