#include "kernel/http/ip_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace kavro::http {
namespace {

std::string normalised(std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address) return "none";
  IpAddress::Text buffer;
  return std::string(address->write(buffer));
}

TEST(IpAddress, IsWrittenInOneForm) {
  EXPECT_EQ("192.0.2.7", normalised("192.0.2.7"));
  EXPECT_EQ("255.255.255.255", normalised("255.255.255.255"));
  EXPECT_EQ("2001:db8::1", normalised("2001:0DB8:0:0:0:0:0:0001"));
  EXPECT_EQ("::", normalised("::"));
  EXPECT_EQ("192.0.2.7", normalised("::ffff:192.0.2.7"));
  EXPECT_EQ("192.0.2.7", normalised("::FFFF:c000:207"));
  EXPECT_EQ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", normalised("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.254"));
}

TEST(IpAddress, IsNothingElse) {
  for (const std::string_view text : {"",
                                      " ",
                                      "192.0.2",
                                      "192.0.2.7.1",
                                      "192.0.2.256",
                                      "192.0.2.07",
                                      "0x7f.0.0.1",
                                      "2130706433",
                                      "192.0.2.7 ",
                                      " 192.0.2.7",
                                      "192.0.2.7:80",
                                      "[::1]",
                                      "fe80::1%eth0",
                                      "fe80::1%1",
                                      "2001:db8::1::2",
                                      ":",
                                      "localhost",
                                      "unknown",
                                      "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555",
                                      "1:2:3:4:5:6:7:8:9"}) {
    EXPECT_EQ("none", normalised(text)) << text;
  }
  EXPECT_EQ("none", normalised(std::string_view("192.0.2.7\0x", 11)));
  EXPECT_EQ("none", normalised(std::string(10'000, '1')));
}

TEST(IpAddress, OfASocketIsTheSameAsOfItsText) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
  EXPECT_EQ(IpAddress::parse("192.0.2.7"), IpAddress::of(storage));

  storage = {};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
  EXPECT_EQ(IpAddress::parse("192.0.2.7"), IpAddress::of(storage));
  EXPECT_TRUE(IpAddress::of(storage).isV4());
  inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
  EXPECT_EQ(IpAddress::parse("2001:db8::1"), IpAddress::of(storage));
  EXPECT_FALSE(IpAddress::of(storage).isV4());
}

bool contains(std::string_view prefix, std::string_view address) {
  const auto read = AddressPrefix::read(prefix);
  if (!std::holds_alternative<AddressPrefix>(read)) throw std::runtime_error(std::get<std::string>(read));
  return std::get<AddressPrefix>(read).contains(IpAddress::parse(address).value());
}

TEST(AddressPrefix, ContainsWhatBeginsWithTheSameBits) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(contains("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(contains("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(contains("192.0.2.7/32", "192.0.2.7"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.1"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_TRUE(contains("fe80::/10", "febf::1"));
}

TEST(AddressPrefix, KeepsTheFamiliesApart) {
  EXPECT_FALSE(contains("::/0", "192.0.2.7"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_FALSE(contains("::ffff:10.0.0.0/104", "11.1.2.3"));
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(contains("::/1", "192.0.2.7"));
}

TEST(AddressPrefix, KnowsWhenItIsEverything) {
  const auto isEverything = [](std::string_view text) {
    return std::get<AddressPrefix>(AddressPrefix::read(text)).isEverything();
  };
  EXPECT_TRUE(isEverything("0.0.0.0/0"));
  EXPECT_TRUE(isEverything("::/0"));
  EXPECT_TRUE(isEverything("::ffff:0.0.0.0/96"));
  EXPECT_FALSE(isEverything("128.0.0.0/1"));
  EXPECT_FALSE(isEverything("10.0.0.0/8"));
}

TEST(AddressPrefix, RefusesWhatMeansSomethingElse) {
  const std::pair<const char*, const char*> rows[] = {
      {"nginx", "expected an address"},  {"10.0.0.0/8,::1", "expected the number of bits, 0 to 32"},
      {"10.0.0.0/", "0 to 32"},          {"10.0.0.0/33", "0 to 32"},
      {"10.0.0.0/-1", "0 to 32"},        {"10.0.0.0/+8", "0 to 32"},
      {"10.0.0.0/8x", "0 to 32"},        {"10.0.0.0/4294967304", "0 to 32"},
      {"10.0.0.0/255.0.0.0", "0 to 32"}, {"2001:db8::/129", "0 to 128"},
      {"10.0.0.1/8", "first 8;"},        {"2001:db8::1/64", "first 64;"},
      {"::ffff:10.0.0.0/8", "first 8;"}, {"[::1]", "expected an address"},
      {"fe80::1%eth0", "expected an"},   {"/8", "expected an address"},
      {"10.0.0.1:8080", "expected an"},  {"", "expected an address"},
      {"unix:", "expected an address"},  {"10.0.0.0/8/8", "0 to 32"},
  };
  for (const auto& [text, why] : rows) {
    const auto read = AddressPrefix::read(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(read)) << text;
    EXPECT_NE(std::string::npos, std::get<std::string>(read).find(why)) << text << ": " << std::get<std::string>(read);
  }
}

}  // namespace
}  // namespace kavro::http
