// Base64 as RFC 4648 section 4 and nothing else: the standard alphabet, padding required, no white space, no line
// breaks, and the bits that padding leaves over are zero (section 3.5), so each byte string has exactly one encoding.
//
// Constant time is of no use here: what passes is ciphertext that the client sends and gets in the open. So OpenSSL
// decodes, at 2 GB/s on one core, where libsodium's constant-time code makes 0.15, and its 1.0.18 takes some bytes
// outside ASCII for letters. EVP_DecodeBlock is lenient about what surrounds the text and about '=', so decode() checks
// what it took. Encoding is by a table of pairs of digits: 2.8 GB/s, where EVP_EncodeBlock makes 1.5; an inbox does
// little else.
//
// Threads: any. Texts of at most INT_MAX bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kavro::messaging {

class Base64 {
 public:
  // The bytes, or nothing when `text` is not base64. An empty text is no bytes.
  static std::optional<std::string> decode(std::string_view text);

  // Appends the text of `bytes` to `out`.
  static void encode(std::string_view bytes, std::string& out);

  static constexpr size_t encodedSize(size_t bytes) { return (bytes + 2) / 3 * 4; }

  // How many bytes decode() makes of `text`, if it is base64 at all.
  static constexpr size_t decodedSize(std::string_view text) {
    const size_t padding = text.size() < 4 ? 0 : text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    return text.size() / 4 * 3 - padding;
  }
};

}  // namespace kavro::messaging
