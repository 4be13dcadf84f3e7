// What `[http] listen`, `[admin] listen` and `[server] mounts` mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kavro::config {

inline constexpr std::size_t kListenAddressesMax = 16;
inline constexpr std::size_t kMountsMax = 16;

// One address to serve.
struct ListenAddress {
  bool tls = false;
  std::string host;        // a name, "127.0.0.1" or "::1" (without brackets)
  std::uint16_t port = 0;  // 0: the system picks a free one
  std::string text;        // as written: "https://[::1]:8443"
  bool admin = false;      // of [admin]

  // Nobody but this machine reaches it: localhost, 127.0.0.0/8, ::1.
  bool isLoopback() const;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// The addresses, in the order given, or why not: a phrase that can follow "[http] listen: ".
std::variant<std::vector<ListenAddress>, std::string> readListenAddresses(std::string_view text);

// The prefixes without the "/" at the end, so that "/" is "": {"", "/api/v1"}. Or why not.
std::variant<std::vector<std::string>, std::string> readMounts(std::string_view text);

}  // namespace kavro::config
