// base64url with padding, strictly (RFC 4648 section 5): each byte string has exactly one text, so that a token cannot
// be changed and still be taken. Threads: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kavro::vault {

std::string encodeBase64Url(std::string_view bytes);

// Nothing when there is a character outside the alphabet (blanks and lines too), when padding is missing or in the
// wrong place, or when bits that carry nothing are not zero.
std::optional<std::string> decodeBase64Url(std::string_view text);

}  // namespace kavro::vault
