// Who an address is, for counting.
//
//   192.0.2.7                      192.0.2.7
//   ::ffff:192.0.2.7               192.0.2.7              the same client over a socket that speaks both
//   2001:db8:1:2:3:4:5:6           2001:db8:1:2::/64      a household or a server has a whole /64 to choose from
//   fe80::1%eth0                   fe80::/64              the interface does not count
//   anything else                  as it is
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace kavro::ratelimit {

// `ipv6Prefix`: the bits of an IPv6 address that count, 1 to 128.
std::string clientOf(std::string_view address, unsigned ipv6Prefix);

}  // namespace kavro::ratelimit
