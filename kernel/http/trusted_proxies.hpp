// `[http] trusted_proxies`: whose word counts about where a request came from, and reading that word.
//
// Each proxy adds the address it was reached from at the end of X-Forwarded-For:
//
//   X-Forwarded-For: 198.51.100.1, 203.0.113.9, 10.0.0.2     from 10.0.0.3
//                    ^ anybody's   ^ the client ^ a proxy         ^ a proxy
//
// Only what a trusted proxy wrote can be believed, so the list is read from its end, and ends with the first address
// that is not a proxy's own: that is the client. What stands in front of it is the client's invention and is not looked
// at. nginx (real_ip_recursive on), Envoy and Caddy (trusted_proxies_strict) do the same.
//
// Reading stops early at an element that is no address ("unknown", "_hidden", a name, a zone), and after kHopsMax
// elements: then the last proxy that was named counts. Text that a client made up is never handed on.
// Threads: immutable once made. Ownership: a value. No allocation and no exception while requests are served.
#pragma once

#include <kavro/abi/base.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernel/http/ip_address.hpp"

namespace kavro::http {

// The other end as a proxy named it.
struct ForwardedClient {
  IpAddress address;
  std::uint16_t port = 0;  // 0: it was not named

  friend bool operator==(const ForwardedClient&, const ForwardedClient&) = default;
};

class TrustedProxies {
 public:
  static constexpr std::size_t kPrefixesMax = 256;  // of the setting
  static constexpr std::size_t kHopsMax = 32;       // elements of X-Forwarded-For that are looked at, empty ones too

  // Nobody is trusted.
  TrustedProxies() = default;
  explicit TrustedProxies(std::vector<AddressPrefix> prefixes) : prefixes_(std::move(prefixes)) {}

  bool contains(const IpAddress& address) const;

  // For a request that came from a trusted proxy: whom it speaks for, or nothing when it names nobody and so speaks for
  // itself. All X-Forwarded-For lines are one list, in the order sent (RFC 9110, 5.3); empty elements do not count
  // (5.6.1.2). An element is an address, with a port or without: 192.0.2.1, 192.0.2.1:1234, 2001:db8::1,
  // [2001:db8::1], [2001:db8::1]:443. `fields` as RequestParser gives them: names in lower case.
  std::optional<ForwardedClient> findClient(std::span<const kavro_field> fields) const;

 private:
  std::vector<AddressPrefix> prefixes_;
};

}  // namespace kavro::http
