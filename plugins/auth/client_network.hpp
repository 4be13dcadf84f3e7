// The network of a client where something is counted for each: of IPv6 the /64, because a household or a server has a
// whole one to choose from; an IPv4 address is its own.
// Threads: any.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace kavro::auth {

// What is no IPv6 address is handed back as it is.
inline std::string clientNetwork(std::string_view address) {
  in6_addr bytes{};
  const std::string text(address.substr(0, address.find('%')));
  if (inet_pton(AF_INET6, text.c_str(), &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes)) return std::string(address);
  std::fill(bytes.s6_addr + 8, bytes.s6_addr + 16, 0);
  char out[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, &bytes, out, sizeof out);
}

}  // namespace kavro::auth
