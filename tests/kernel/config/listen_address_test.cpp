#include "kernel/config/listen_address.hpp"

#include <gtest/gtest.h>

namespace kavro::config {
namespace {

std::string whyNot(std::string_view text) {
  auto read = readListenAddresses(text);
  auto* why = std::get_if<std::string>(&read);
  return why ? *why : std::string();
}

TEST(ListenAddress, ReadsNamesAndBothKindsOfAddresses) {
  auto read = readListenAddresses("https://127.0.0.1:8443  http://[::1]:0/\thttp://localhost:65535");
  ASSERT_TRUE(std::holds_alternative<std::vector<ListenAddress>>(read)) << std::get<std::string>(read);
  EXPECT_EQ(std::get<std::vector<ListenAddress>>(read),
            (std::vector<ListenAddress>{{true, "127.0.0.1", 8443, "https://127.0.0.1:8443"},
                                        {false, "::1", 0, "http://[::1]:0/"},
                                        {false, "localhost", 65535, "http://localhost:65535"}}));
}

TEST(ListenAddress, SaysWhatIsWrong) {
  constexpr const char* kExpected =
      ": expected http://HOST:PORT or https://HOST:PORT, such as https://127.0.0.1:8443 or http://[::1]:8080";
  EXPECT_EQ(whyNot(""), std::string("is empty") + kExpected);
  EXPECT_EQ(whyNot("127.0.0.1:80"), std::string("\"127.0.0.1:80\"") + kExpected);
  EXPECT_EQ(whyNot("ftp://a:1"), std::string("\"ftp://a:1\"") + kExpected);
  EXPECT_EQ(whyNot("http://:80"), std::string("\"http://:80\"") + kExpected);
  EXPECT_EQ(whyNot("http://a_b:80"), std::string("\"http://a_b:80\"") + kExpected);
  EXPECT_EQ(whyNot("http://a/b:80"), std::string("\"http://a/b:80\"") + kExpected);
  EXPECT_EQ(whyNot("http://127.0.1:80"), std::string("\"http://127.0.1:80\"") + kExpected);
  EXPECT_EQ(whyNot("http://[::g]:80"), std::string("\"http://[::g]:80\"") + kExpected);
  EXPECT_EQ(whyNot("http://[::1:80"), std::string("\"http://[::1:80\"") + kExpected);
  EXPECT_EQ(whyNot("http://::1:80"), "\"http://::1:80\": an IPv6 address needs [ ] around it");
  EXPECT_EQ(whyNot("http://a"), "\"http://a\": has no port; write one, or :0 for any that is free");
  EXPECT_EQ(whyNot("http://[::1]"), "\"http://[::1]\": has no port; write one, or :0 for any that is free");
  for (const char* text : {"http://a:", "http://a:65536", "http://a:-1", "http://a:8o"}) {
    EXPECT_EQ(whyNot(text), "\"" + std::string(text) + "\": the port must be a number from 0 to 65535");
  }
  EXPECT_EQ(whyNot("http://a:1/x"), "\"http://a:1/x\": has a path; [server] mounts says which paths are served");
  EXPECT_EQ(whyNot("http://a:1, http://a:2"), "\"http://a:1,\": addresses are separated by blanks, without commas");
  EXPECT_EQ(whyNot("http://a:1 https://a:1"), "\"https://a:1\": is the same address and port as http://a:1");
  EXPECT_EQ(whyNot("http://a:0 http://a:0"), "") << "two free ports are two ports";
}

TEST(ListenAddress, LimitsTheirNumber) {
  std::string text;
  for (std::size_t i = 0; i <= kListenAddressesMax; ++i) text += "http://a:" + std::to_string(i + 1) + " ";
  EXPECT_EQ(whyNot(text), "has more than 16 addresses");
}

TEST(Mounts, AreRead) {
  EXPECT_EQ(std::get<0>(readMounts("/ /api/v1")), (std::vector<std::string>{"", "/api/v1"}));
  EXPECT_EQ(std::get<0>(readMounts("/a/b/")), (std::vector<std::string>{"/a/b"}));
}

TEST(Mounts, AreRefused) {
  for (const char* text : {"api", "/a//b", "//", "/../a", "/a/..", "/.", "/a?b", "/%41", "/{id}"}) {
    auto read = readMounts(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(read)) << text;
    EXPECT_EQ(std::get<std::string>(read), "\"" + std::string(text) +
                                               "\": expected a path such as / or /api/v1, of letters, digits, -, ., "
                                               "_ and ~");
  }
  EXPECT_EQ(std::get<std::string>(readMounts("/a /a/")), "\"/a/\": is there twice");
  EXPECT_EQ(std::get<std::string>(readMounts(" ")), "is empty; expected one or more paths such as / or /api/v1");
}

}  // namespace
}  // namespace kavro::config
