// What may be a header field of a response.
// Source: RFC 9110 sections 5.1 (name: a token) and 5.5 (value: visible characters, blanks between them; ASCII only
// here).
//
// Threads: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::headers {

inline constexpr std::size_t kNameBytesMax = 128;
inline constexpr std::size_t kValueBytesMax = 4096;

// What is wrong with the name or value, as `found ..., expected ...`; nothing when it is good. Names that are the
// server's own business (Content-Length, Date, Set-Cookie, ...) are refused too.
std::optional<std::string> nameFlaw(std::string_view name);
std::optional<std::string> valueFlaw(std::string_view value);

// "" or "off" (any case): no such field.
bool isOff(std::string_view value);

}  // namespace kavro::headers
