#include "client_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace kavro::ratelimit {

std::string clientOf(std::string_view address, unsigned ipv6Prefix) {
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

}  // namespace kavro::ratelimit
