#include <kavro/client_address.hpp>

#include <gtest/gtest.h>

namespace kavro {
namespace {

TEST(ClientAddress, AnIpv4AddressIsOneClient) {
  EXPECT_EQ(clientOf("192.0.2.7", 64), "192.0.2.7");
  EXPECT_EQ(clientOf("192.0.2.7", 16), "192.0.2.7") << "the prefix is for IPv6 only";
}

TEST(ClientAddress, AMappedIpv4AddressIsTheSameClient) {
  EXPECT_EQ(clientOf("::ffff:192.0.2.7", 64), "192.0.2.7");
  EXPECT_EQ(clientOf("::FFFF:c000:0207", 64), "192.0.2.7");
}

TEST(ClientAddress, AnIpv6ClientIsItsPrefix) {
  EXPECT_EQ(clientOf("2001:db8:1:2:3:4:5:6", 64), "2001:db8:1:2::/64");
  EXPECT_EQ(clientOf("2001:db8:1:2:ffff:ffff:ffff:ffff", 64), clientOf("2001:db8:1:2::1", 64));
  EXPECT_NE(clientOf("2001:db8:1:3::1", 64), clientOf("2001:db8:1:2::1", 64));
  EXPECT_EQ(clientOf("::1", 64), "::/64");
}

TEST(ClientAddress, TheSlash64CountsWhenNothingElseIsSaid) {
  EXPECT_EQ(clientOf("2001:db8:1:2:3:4:5:6"), clientOf("2001:db8:1:2:3:4:5:6", 64));
}

TEST(ClientAddress, AnyPrefixMayBeSet) {
  EXPECT_EQ(clientOf("2001:db8:1:2:3:4:5:6", 128), "2001:db8:1:2:3:4:5:6/128");
  EXPECT_EQ(clientOf("2001:db8:ffff:2::", 48), "2001:db8:ffff::/48");
  EXPECT_EQ(clientOf("2001:db8:ffff:2::", 35), "2001:db8:e000::/35");
  EXPECT_EQ(clientOf("2001:db8:ffff:2::", 33), "2001:db8:8000::/33");
}

TEST(ClientAddress, TheInterfaceOfALinkLocalAddressDoesNotCount) {
  EXPECT_EQ(clientOf("fe80::1%eth0", 64), clientOf("fe80::2%eth1", 64));
}

TEST(ClientAddress, WhatIsNoAddressCountsAsItIs) {
  EXPECT_EQ(clientOf("", 64), "");
  EXPECT_EQ(clientOf("unix", 64), "unix");
  EXPECT_EQ(clientOf("not:an:address", 64), "not:an:address");
}

}  // namespace
}  // namespace kavro
