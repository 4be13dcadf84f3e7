// Who an address is, for counting.
//
//   192.0.2.7                      192.0.2.7
//   ::ffff:192.0.2.7               192.0.2.7              the same client over a socket that speaks both
//   2001:db8:1:2:3:4:5:6           2001:db8:1:2::/64      a household or a server has a whole /64 to choose from
//   fe80::1%eth0                   fe80::/64              the interface does not count
//   anything else                  as it is
//
// Threads: any. Errors: none.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <string_view>

namespace kavro {

// `address` as Request::address() has it. `ipv6Prefix`: the bits of an IPv6 address that count, 1 to 128.
inline std::string clientOf(std::string_view address, unsigned ipv6Prefix = 64) {
  if (address.find(':') == std::string_view::npos) return std::string(address);
  in6_addr bytes{};
  const std::string text(address.substr(0, address.find('%')));
  if (inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return std::string(address);

  char out[INET6_ADDRSTRLEN];
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
    in_addr four{};
    std::memcpy(&four, bytes.s6_addr + 12, sizeof four);
    return inet_ntop(AF_INET, &four, out, sizeof out);
  }
  for (unsigned byte = 0; byte < 16; ++byte) {
    const unsigned begin = byte * 8;
    if (begin >= ipv6Prefix) {
      bytes.s6_addr[byte] = 0;
    } else if (ipv6Prefix - begin < 8) {
      bytes.s6_addr[byte] &= static_cast<unsigned char>(0xFF << (8 - (ipv6Prefix - begin)));
    }
  }
  return std::string(inet_ntop(AF_INET6, &bytes, out, sizeof out)) + "/" + std::to_string(ipv6Prefix);
}

}  // namespace kavro
