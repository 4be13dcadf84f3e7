#include "header_field.hpp"

#include <gtest/gtest.h>

namespace kavro::headers {
namespace {

TEST(HeaderField, TokensAreNames) {
  for (const char* name : {"Permissions-Policy", "X-A", "a", "!#$%&'*+-.^_`|~09"}) {
    EXPECT_EQ(nameFlaw(name), std::nullopt) << name;
  }
  for (const std::string& name : {std::string(), std::string("A B"), std::string("A:"), std::string("Ä"),
                                  std::string("A\r\nB"), std::string("(a)"), std::string(129, 'a')}) {
    EXPECT_EQ(nameFlaw(name), "found the name \"" + name +
                                  "\", expected one such as Permissions-Policy: 1 to 128 "
                                  "letters, digits and \"-\"");
  }
}

TEST(HeaderField, TheServersOwnFieldsAreRefused) {
  for (const char* name : {"Content-Length", "content-length", "DATE", "Connection", "Transfer-Encoding", "Set-Cookie",
                           "Content-Type", "WWW-Authenticate", "Retry-After"}) {
    EXPECT_NE(nameFlaw(name), std::nullopt) << name;
  }
  EXPECT_EQ(nameFlaw("date"),
            "found Date, expected a field that may be the same on every answer; this one is the "
            "server's own");
}

TEST(HeaderField, ValuesArePrintableAsciiOnOneLine) {
  EXPECT_EQ(valueFlaw("max-age=31536000; includeSubDomains"), std::nullopt);
  EXPECT_EQ(valueFlaw("a\tb"), std::nullopt);
  EXPECT_EQ(valueFlaw(std::string(4096, 'x')), std::nullopt);
  EXPECT_EQ(valueFlaw(std::string(4097, 'x')), "found 4097 bytes, expected at most 4096");
  EXPECT_EQ(valueFlaw("a\r\nSet-Cookie: b"), "found the byte 13 at position 2, expected printable ASCII on one line");
  EXPECT_EQ(valueFlaw(std::string_view("a\0b", 3)),
            "found the byte 0 at position 2, expected printable ASCII on one line");
  EXPECT_EQ(valueFlaw("\x7F"), "found the byte 127 at position 1, expected printable ASCII on one line");
  EXPECT_EQ(valueFlaw("caf\xC3\xA9"), "found the byte 195 at position 4, expected printable ASCII on one line");
  for (const char* value : {" a", "a ", "\ta", ""}) {
    EXPECT_EQ(valueFlaw(value), "found a blank at the beginning or end, or nothing, expected a value without");
  }
}

TEST(HeaderField, OffIsTheWordOrNothing) {
  for (const char* value : {"", "off", "OFF", "Off"}) EXPECT_TRUE(isOff(value)) << value;
  for (const char* value : {"on", "offer", "none", "0"}) EXPECT_FALSE(isOff(value)) << value;
}

}  // namespace
}  // namespace kavro::headers
