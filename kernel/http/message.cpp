#include "message.hpp"

#include <arpa/inet.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "characters.hpp"

namespace kavro::http {
namespace {

constexpr std::size_t kPortMax = 65535;

// The value of "%XX" at `at`, or nothing. XX may lie past the end.
std::optional<char> escapedAt(std::string_view text, std::size_t at) {
  if (text.size() - at < 3) return std::nullopt;
  const unsigned high = lookUp(kHexValue, text[at + 1]);
  const unsigned low = lookUp(kHexValue, text[at + 2]);
  if (high > 15 || low > 15) return std::nullopt;
  return static_cast<char>(high << 4 | low);
}

bool isPort(std::string_view text) {
  std::size_t port = 0;
  for (const char c : text) {
    if (!isDigit(static_cast<unsigned char>(c))) return false;
    port = port * 10 + static_cast<std::size_t>(c - '0');
    if (port > kPortMax) return false;
  }
  return true;
}

bool isIpv6(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  in6_addr address{};
  return inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

bool isRegisteredName(std::string_view text) {
  for (const char c : text) {
    if (c != '%' && lookUp(kRegisteredName, c) == 0) return false;
  }
  return !text.empty() && isPercentEncoded(text);
}

}  // namespace

std::optional<std::string_view> findField(std::span<const kavro_field> fields, std::string_view name) {
  for (const kavro_field& field : fields) {
    if (fromAbi(field.name) == name) return fromAbi(field.value);
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && isBlank(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && isBlank(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::string_view takeListElement(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view element = trimmed(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  return element;
}

std::optional<std::string> percentDecode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      const auto escaped = escapedAt(text, at);
      if (!escaped) return std::nullopt;
      c = *escaped;
      at += 2;
    } else if (c == '+' && plus == Plus::kBlank) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    decoded.push_back(c);
  }
  if (!simdjson::validate_utf8(decoded.data(), decoded.size())) return std::nullopt;
  return decoded;
}

bool isPercentEncoded(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    const auto escaped = escapedAt(text, at);
    if (!escaped || *escaped == '\0') return false;
  }
  return true;
}

bool isAuthority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !isIpv6(text.substr(1, end - 1))) return false;
    const std::string_view port = text.substr(end + 1);
    return port.empty() || (port.front() == ':' && isPort(port.substr(1)));
  }
  const std::size_t colon = text.find(':');
  return isRegisteredName(text.substr(0, colon)) && (colon == std::string_view::npos || isPort(text.substr(colon + 1)));
}

}  // namespace kavro::http
