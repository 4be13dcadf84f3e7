#include "kernel/http/trusted_proxies.hpp"

#include <algorithm>
#include <charconv>
#include <kavro/text.hpp>

#include "kernel/http/message.hpp"

namespace kavro::http {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";

bool readPort(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

std::optional<ForwardedClient> readHop(std::string_view text) {
  std::string_view address = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    address = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    if (!rest.empty()) port = rest.substr(1);
    if (address.find(':') == std::string_view::npos) return std::nullopt;  // brackets are for IPv6
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
    address = text.substr(0, colon);  // one colon: not IPv6
    port = text.substr(colon + 1);
  }
  const auto parsed = IpAddress::parse(address);
  if (!parsed) return std::nullopt;
  ForwardedClient hop{*parsed, 0};
  if (port && !readPort(*port, hop.port)) return std::nullopt;
  return hop;
}

}  // namespace

bool TrustedProxies::contains(const IpAddress& address) const {
  return std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](const AddressPrefix& prefix) { return prefix.contains(address); });
}

std::optional<ForwardedClient> TrustedProxies::findClient(std::span<const kavro_field> fields) const {
  std::optional<ForwardedClient> client;
  std::size_t seen = 0;
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (fromAbi(field->name) != kForwardedFor) continue;
    std::string_view list = fromAbi(field->value);
    for (bool more = true; more;) {
      if (++seen > kHopsMax) return client;
      const std::size_t comma = list.rfind(',');
      more = comma != std::string_view::npos;
      const std::string_view element = trimmed(more ? list.substr(comma + 1) : list);
      if (more) list = list.substr(0, comma);
      if (element.empty()) continue;
      const auto hop = readHop(element);
      if (!hop) return client;
      client = hop;
      if (!contains(hop->address)) return client;
    }
  }
  return client;
}

}  // namespace kavro::http
