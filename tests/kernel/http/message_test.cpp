#include "kernel/http/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace kavro::http {
namespace {

using std::string_literals::operator""s;

TEST(Message, FindsTheFirstFieldOfAName) {
  const std::vector<kavro_field> fields = {{toAbi("accept"), toAbi("a")},
                                           {toAbi("x"), toAbi("1")},
                                           {toAbi("x"), toAbi("2")},
                                           {toAbi("empty"), {nullptr, 0}}};
  EXPECT_EQ(findField(fields, "x"), "1");
  EXPECT_EQ(findField(fields, "empty"), "");
  EXPECT_EQ(findField(fields, "acc"), std::nullopt);
  EXPECT_EQ(findField({}, "x"), std::nullopt);
}

TEST(Message, TrimsBlanksAndTabsOnly) {
  EXPECT_EQ(trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\va\n"), "\va\n");
}

TEST(Message, TakesListElements) {
  std::string_view list = " a ,,b\t, c d";
  EXPECT_EQ(takeListElement(list), "a");
  EXPECT_EQ(takeListElement(list), "");
  EXPECT_EQ(takeListElement(list), "b");
  EXPECT_EQ(takeListElement(list), "c d");
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(takeListElement(list), "");
}

TEST(Message, DecodesPercentEncoding) {
  EXPECT_EQ(percentDecode(""), "");
  EXPECT_EQ(percentDecode("plain"), "plain");
  EXPECT_EQ(percentDecode("a%20b%2Fc%2fd"), "a b/c/d");
  EXPECT_EQ(percentDecode("%C3%A9"), "\xC3\xA9");
  EXPECT_EQ(percentDecode("\xC3\xA9"), "\xC3\xA9");
  EXPECT_EQ(percentDecode("%2541"), "%41") << "decodes once";
  EXPECT_EQ(percentDecode("%0d%0A"), "\r\n");
  EXPECT_EQ(percentDecode("a+b"), "a+b");
  EXPECT_EQ(percentDecode("a+b%2B", Plus::kBlank), "a b+");
}

TEST(Message, DecodesNothingThatIsBroken) {
  for (const std::string& text : {"%"s, "%4"s, "a%"s, "%g1"s, "%1g"s, "%%41"s, "% 41"s, "%+4"s, "%00"s, "a\0"s, "%FF"s,
                                  "%C3"s, "%C0%AF"s, "%ED%A0%80"s, "\xFF"s}) {
    EXPECT_EQ(percentDecode(text), std::nullopt) << text;
  }
  EXPECT_EQ(percentDecode(std::string_view("%41").substr(0, 2)), std::nullopt) << "reads past its end";
}

TEST(Message, ChecksPercentEncoding) {
  for (const std::string& text : {""s, "/a"s, "%41"s, "/%41%fF/"s, "%01"s, "%0a"s, "%10"s}) {
    EXPECT_TRUE(isPercentEncoded(text)) << text;
  }
  for (const std::string& text : {"%"s, "%4"s, "%41%"s, "%4x"s, "%x4"s, "%00"s, "%41%00"s, "%%41"s}) {
    EXPECT_FALSE(isPercentEncoded(text)) << text;
  }
  EXPECT_FALSE(isPercentEncoded(std::string_view("%41").substr(0, 2))) << "reads past its end";
}

TEST(Message, ChecksAuthorities) {
  for (const std::string& text : {"a"s, "a:"s, "a:0"s, "a:65535"s, "a:0080"s, "1.2.3.4:5"s, "[::]"s, "[::1]:"s,
                                  "[2001:DB8:0:0:8:800:200C:417A]:443"s, "a.b-c_d~e"s, "a%2Db"s}) {
    EXPECT_TRUE(isAuthority(text)) << text;
  }
  for (const std::string& text : {""s,       ":"s,         ":1"s,        "a:65536"s, "a:-1"s, "a: 1"s,  "a b"s, "a@b"s,
                                  "a/b"s,    "a\0"s,       "[::1]\0"s,   "[::1\0]"s, "[::1"s, "["s,     "]"s,   "[]"s,
                                  "[::1]1"s, "[1.2.3.4]"s, "[12345::]"s, "a[::1]"s,  "::1"s,  "a:1:2"s, "\x80"s}) {
    EXPECT_FALSE(isAuthority(text)) << text;
  }
}

}  // namespace
}  // namespace kavro::http
