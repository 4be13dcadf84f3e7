#include "kernel/http/server_names.hpp"

#include <gtest/gtest.h>

namespace kavro::http {
namespace {

using namespace std::string_literals;

std::string extensionOf(const std::string& name) {
  const auto two = [](std::size_t n) { return std::string{static_cast<char>(n >> 8), static_cast<char>(n & 255)}; };
  return two(name.size() + 3) + '\0' + two(name.size()) + name;
}

TEST(ServerNameOf, ReadsOneHostName) {
  EXPECT_EQ("example.org", serverNameOf(extensionOf("example.org")));
  EXPECT_EQ("X-1_a.Example", serverNameOf(extensionOf("X-1_a.Example")));
  EXPECT_EQ(std::string(253, 'a'), serverNameOf(extensionOf(std::string(253, 'a'))));
}

TEST(ServerNameOf, TakesNothingElse) {
  for (const std::string& bytes :
       {""s, "\0"s, "\0\0"s, "\0\3\0\0\0"s, extensionOf(""), extensionOf(std::string(254, 'a')), extensionOf("a\0b"s),
        extensionOf("a b"), extensionOf("\xc3\xa4.example"), extensionOf("a/b"), extensionOf("[::1]"),
        "\0\5\1\0\2ab"s,                 // another kind of name
        "\0\6\0\0\2ab"s, "\0\4\0\0\2ab"s,  // the list longer and shorter than it is
        "\0\5\0\0\3ab"s, "\0\5\0\0\1ab"s,  // the name likewise
        "\0\12\0\0\2ab\0\0\2cd"s}) {       // two names
    EXPECT_FALSE(serverNameOf(bytes)) << ::testing::PrintToString(bytes);
  }
  // Every beginning of a good one, and every one with a byte more.
  const std::string good = extensionOf("example.org");
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(serverNameOf(good.substr(0, size))) << size;
  EXPECT_FALSE(serverNameOf(good + 'x'));
}

TEST(ServerNames, FindsExactNamesBeforeOneLabelOfAWildcard) {
  ServerNames names;
  names.add("example.org", 1);
  names.add("*.example.org", 2);
  names.add("a.example.org", 3);
  names.add("a.example.org", 4);
  names.add("*", 5);
  names.add("f*.example.net", 6);
  EXPECT_EQ(1u, names.find("example.org"));
  EXPECT_EQ(1u, names.find("EXAMPLE.Org"));
  EXPECT_EQ(2u, names.find("b.example.org"));
  EXPECT_EQ(3u, names.find("a.example.org"));
  EXPECT_FALSE(names.find("b.a.example.org"));
  EXPECT_FALSE(names.find(".example.org"));
  EXPECT_FALSE(names.find("localhost"));
  EXPECT_FALSE(names.find("example.org."));
  EXPECT_FALSE(names.find("foo.example.net"));
  EXPECT_FALSE(names.find(""));
  EXPECT_FALSE(names.find("."));
}

}  // namespace
}  // namespace kavro::http
