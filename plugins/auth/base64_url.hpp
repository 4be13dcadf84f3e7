// base64url without padding (RFC 4648 section 5, RFC 7515 appendix C), as every part of a token is written.
#pragma once

#include <sodium.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::auth {

inline void appendBase64Url(std::string& out, std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  const std::size_t before = out.size();
  out.resize(before + sodium_base64_ENCODED_LEN(bytes.size(), kVariant));
  sodium_bin2base64(out.data() + before, out.size() - before, reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kVariant);
  out.pop_back();  // the zero at its end
}

inline std::string encodeBase64Url(std::string_view bytes) {
  std::string out;
  appendBase64Url(out, bytes);
  return out;
}

// Nothing when the text has a character that is none of its letters, or bits to spare in its last one that are not
// zero.
inline std::optional<std::string> decodeBase64Url(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 2, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

}  // namespace kavro::auth
