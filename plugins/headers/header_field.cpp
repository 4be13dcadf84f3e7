#include "header_field.hpp"

#include <algorithm>

#include <kavro/text.hpp>

namespace kavro::headers {

namespace {

bool isTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Fields that frame a message, differ from answer to answer, or mean something only beside a certain status.
constexpr std::string_view kReserved[] = {
    "Connection", "Content-Encoding", "Content-Length",    "Content-Range",    "Content-Type",     "Date",
    "Keep-Alive", "Location",         "RateLimit",         "RateLimit-Policy", "Retry-After",      "Set-Cookie",
    "TE",         "Trailer",          "Transfer-Encoding", "Upgrade",          "WWW-Authenticate",
};

}  // namespace

std::optional<std::string> nameFlaw(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || !std::all_of(name.begin(), name.end(), isTokenCharacter)) {
    return "found the name \"" + std::string(name) + "\", expected one such as Permissions-Policy: 1 to " +
           std::to_string(kNameBytesMax) + " letters, digits and \"-\"";
  }
  for (const std::string_view reserved : kReserved) {
    if (equalsIgnoringCase(name, reserved)) {
      return "found " + std::string(reserved) +
             ", expected a field that may be the same on every answer; this one is "
             "the server's own";
    }
  }
  return std::nullopt;
}

std::optional<std::string> valueFlaw(std::string_view value) {
  if (value.size() > kValueBytesMax) {
    return "found " + std::to_string(value.size()) + " bytes, expected at most " + std::to_string(kValueBytesMax);
  }
  const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
  const auto isAllowed = [&](char c) { return (c > ' ' && c < 0x7F) || isBlank(c); };
  const auto bad = std::find_if_not(value.begin(), value.end(), isAllowed);
  if (bad != value.end()) {
    return "found the byte " + std::to_string(static_cast<unsigned char>(*bad)) + " at position " +
           std::to_string(bad - value.begin() + 1) + ", expected printable ASCII on one line";
  }
  if (value.empty() || isBlank(value.front()) || isBlank(value.back())) {
    return "found a blank at the beginning or end, or nothing, expected a value without";
  }
  return std::nullopt;
}

bool isOff(std::string_view value) { return value.empty() || equalsIgnoringCase(value, "off"); }

}  // namespace kavro::headers
