// Where Redis is, as [limiter-redis] url says it:
//
//   redis://HOST[:PORT][/DATABASE]     HOST a name, an IPv4 address or [an IPv6 address]; 6379, 0
//   unix:///PATH/OF/SOCKET[?db=DATABASE]
//
// No TLS: hiredis 0.14 has none. No user or password: a URL is no place for secrets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kavro::limiter_redis {

struct Address {
  std::string host;  // empty: a Unix socket
  std::uint16_t port = 0;
  std::string path;  // of the socket
  std::uint32_t database = 0;

  bool isUnix() const { return host.empty(); }
  // As a URL, for messages.
  std::string text() const;

  friend bool operator==(const Address&, const Address&) = default;
};

// Throws Error(kInvalid) that says what was found and what was expected.
Address parseAddress(std::string_view url);

}  // namespace kavro::limiter_redis
