#include "plugins/auth/client_network.hpp"

#include <gtest/gtest.h>

namespace kavro::auth {
namespace {

TEST(ClientNetwork, IsTheSlash64OfIpv6AndTheAddressOfOthers) {
  EXPECT_EQ("2001:db8:1:2::", clientNetwork("2001:db8:1:2:3:4:5:6"));
  EXPECT_EQ("2001:db8:1:2::", clientNetwork("2001:db8:1:2:ffff::"));
  EXPECT_EQ("2001:db8:1:3::", clientNetwork("2001:db8:1:3::1"));
  EXPECT_EQ("fe80::", clientNetwork("fe80::1%eth0"));
  for (const auto* address : {"192.0.2.7", "::ffff:192.0.2.7", "", "unix", "2001:db8"}) {
    EXPECT_EQ(address, clientNetwork(address));
  }
}

}  // namespace
}  // namespace kavro::auth
