#include "kernel/http/trusted_proxies.hpp"

#include <gtest/gtest.h>

#include <kavro/text.hpp>

namespace kavro::http {
namespace {

TrustedProxies trusting(const std::vector<std::string_view>& texts) {
  std::vector<AddressPrefix> prefixes;
  for (const std::string_view text : texts) prefixes.push_back(std::get<AddressPrefix>(AddressPrefix::read(text)));
  return TrustedProxies(std::move(prefixes));
}

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

// "203.0.113.9", with its port "203.0.113.9 1234", or "the peer".
std::string clientOf(const TrustedProxies& proxies, const Fields& fields) {
  std::vector<kavro_field> raw;
  for (const auto& [name, value] : fields) raw.push_back({toAbi(name), toAbi(value)});
  const auto client = proxies.findClient(raw);
  if (!client) return "the peer";
  IpAddress::Text text;
  return std::string(client->address.write(text)) + (client->port ? " " + std::to_string(client->port) : "");
}

// One X-Forwarded-For line, and proxies in 10.0.0.0/8 and 2001:db8:a::/48.
std::string clientOf(std::string_view value) {
  return clientOf(trusting({"10.0.0.0/8", "2001:db8:a::/48"}), {{"host", "a"}, {"x-forwarded-for", value}});
}

TEST(TrustedProxies, TrustNobodyByDefault) {
  EXPECT_FALSE(TrustedProxies().contains(*IpAddress::parse("127.0.0.1")));
  EXPECT_FALSE(TrustedProxies().contains(*IpAddress::parse("::1")));
}

TEST(TrustedProxies, AreAnyOfTheList) {
  const TrustedProxies proxies = trusting({"127.0.0.1", "10.0.0.0/8", "::1"});
  for (const char* inside : {"127.0.0.1", "10.9.8.7", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(proxies.contains(*IpAddress::parse(inside))) << inside;
  }
  for (const char* outside : {"127.0.0.2", "11.0.0.1", "::2", "::"}) {
    EXPECT_FALSE(proxies.contains(*IpAddress::parse(outside))) << outside;
  }
}

TEST(TrustedProxies, NameTheRightMostAddressThatIsNotTheirs) {
  EXPECT_EQ("203.0.113.9", clientOf("203.0.113.9"));
  EXPECT_EQ("203.0.113.9", clientOf("203.0.113.9, 10.0.0.2"));
  EXPECT_EQ("203.0.113.9", clientOf("203.0.113.9,10.0.0.2,2001:db8:a::2,10.0.0.3"));
  EXPECT_EQ("2001:db8::1", clientOf("2001:DB8:0::1, 10.0.0.2"));
}

TEST(TrustedProxies, ReadNothingInFrontOfTheClient) {
  EXPECT_EQ("203.0.113.9", clientOf("198.51.100.1, 203.0.113.9"));
  EXPECT_EQ("203.0.113.9", clientOf("198.51.100.1, 203.0.113.9, 10.0.0.2"));
  EXPECT_EQ("203.0.113.9", clientOf("10.0.0.1, 10.0.0.2, 203.0.113.9, 10.0.0.2"));
  EXPECT_EQ("203.0.113.9", clientOf("<script>, 203.0.113.9, 10.0.0.2"));
}

TEST(TrustedProxies, SpeakForThemselvesWithoutAClient) {
  const TrustedProxies proxies = trusting({"10.0.0.0/8"});
  EXPECT_EQ("the peer", clientOf(proxies, {}));
  EXPECT_EQ("the peer", clientOf(proxies, {{"host", "a"}, {"forwarded", "for=203.0.113.9"}}));
  EXPECT_EQ("the peer", clientOf(proxies, {{"x-real-ip", "203.0.113.9"}, {"x_forwarded_for", "203.0.113.9"}}));
  EXPECT_EQ("the peer", clientOf(""));
  EXPECT_EQ("the peer", clientOf(" , ,\t,"));
}

TEST(TrustedProxies, NameTheFirstOfThemWhenTheyAreAllThereIs) { EXPECT_EQ("10.0.0.1", clientOf("10.0.0.1, 10.0.0.2")); }

TEST(TrustedProxies, JoinTheLinesInTheirOrder) {
  const TrustedProxies proxies = trusting({"10.0.0.0/8"});
  EXPECT_EQ("203.0.113.9", clientOf(proxies, {{"x-forwarded-for", "198.51.100.1"},
                                              {"host", "a"},
                                              {"x-forwarded-for", "203.0.113.9, 10.0.0.2"},
                                              {"x-forwarded-for", "10.0.0.3"}}));
  EXPECT_EQ("203.0.113.9", clientOf(proxies, {{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-for", ""}}));
}

TEST(TrustedProxies, TakeAddressesInEveryFormThatProxiesWrite) {
  EXPECT_EQ("203.0.113.9 1234", clientOf("203.0.113.9:1234"));
  EXPECT_EQ("203.0.113.9 65535", clientOf("  203.0.113.9:65535\t, 10.0.0.2:80"));
  EXPECT_EQ("2001:db8::1 443", clientOf("[2001:db8::1]:443"));
  EXPECT_EQ("2001:db8::1", clientOf("[2001:db8::1]"));
  EXPECT_EQ("2001:db8::1:443", clientOf("2001:db8::1:443"));  // no port without brackets
  EXPECT_EQ("203.0.113.9", clientOf("::ffff:203.0.113.9"));
  EXPECT_EQ("203.0.113.9 443", clientOf("[::ffff:cb00:7109]:443, [::ffff:10.0.0.2]"));
  EXPECT_EQ("203.0.113.9", clientOf("203.0.113.9,, ,10.0.0.2,"));
}

TEST(TrustedProxies, StopAtWhatIsNoAddress) {
  for (const std::string bad : {"unknown",
                                "_hidden",
                                "localhost",
                                "203.0.113",
                                "203.0.113.9:",
                                "203.0.113.9:65536",
                                "203.0.113.9:80x",
                                "203.0.113.9:-1",
                                "203.0.113.9 10.0.0.9",
                                "[203.0.113.9]",
                                "[203.0.113.9]:80",
                                "[2001:db8::1",
                                "2001:db8::1]",
                                "[2001:db8::1]443",
                                "[2001:db8::1]:",
                                "[2001:db8::1]:x",
                                "[]",
                                "[]:80",
                                "fe80::1%eth0",
                                "[fe80::1%25eth0]:80",
                                "\"203.0.113.9\"",
                                "for=203.0.113.9",
                                "unix:",
                                "203.0.113.9;",
                                "\xff\xfe",
                                ":80",
                                ":",
                                "::1::"}) {
    EXPECT_EQ("the peer", clientOf("198.51.100.1, " + bad)) << bad;
    EXPECT_EQ("10.0.0.3", clientOf("198.51.100.1, " + bad + ", 10.0.0.3, 10.0.0.2")) << bad;
  }
}

TEST(TrustedProxies, LookAtNoMoreElementsThanTheLimit) {
  std::string hops;
  for (std::size_t i = 1; i < TrustedProxies::kHopsMax; ++i) hops += ", 10.0.0." + std::to_string(i);
  EXPECT_EQ("203.0.113.9", clientOf("198.51.100.1, 203.0.113.9" + hops));
  EXPECT_EQ("10.9.9.9", clientOf("203.0.113.9, 10.9.9.9" + hops));
  EXPECT_EQ("the peer", clientOf("203.0.113.9" + std::string(TrustedProxies::kHopsMax, ',')));
  EXPECT_EQ("203.0.113.9", clientOf("203.0.113.9" + std::string(TrustedProxies::kHopsMax - 1, ',')));
}

}  // namespace
}  // namespace kavro::http
