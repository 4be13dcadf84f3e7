#include "plugins/keys/device_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kavro::keys {
namespace {

TEST(DeviceName, IsStoredAsSent) {
  const DeviceNameRule rule(100);
  EXPECT_EQ(rule.check("Bob's phone").value, "Bob's phone");
  EXPECT_EQ(rule.check("T\xC3\xA9l\xC3\xA9phone \xF0\x9F\x93\xB1").value, "T\xC3\xA9l\xC3\xA9phone \xF0\x9F\x93\xB1");
  EXPECT_TRUE(rule.check("").ok());
}

constexpr const char* kOneLine =
    "must not contain control characters, line separators or marks that turn the direction of reading";

TEST(DeviceName, IsCountedInCodePoints) {
  const DeviceNameRule rule(3);
  EXPECT_TRUE(rule.check("\xF0\x9F\x93\xB1\xC3\xA9z").ok());
  const Checked refused = rule.check("\xF0\x9F\x93\xB1\xC3\xA9zz");
  EXPECT_EQ(refused.reason, "is 4 characters long, at most 3 are allowed");
}

TEST(DeviceName, HasNoControlCharacters) {
  const DeviceNameRule rule(100);
  for (const std::string& name : {std::string("a\nb"), std::string("a\0b", 3), std::string("\x1F"), std::string("\x7F"),
                                  std::string("\xC2\x80"), std::string("x\xC2\x9F")}) {
    EXPECT_EQ(rule.check(name).reason, kOneLine) << ::testing::PrintToString(name);
  }
}

TEST(DeviceName, IsOneLineThatReadsInOneDirection) {
  const DeviceNameRule rule(100);
  for (const char* character : {"\u0085", "\u061C", "\u200E", "\u200F", "\u2028", "\u2029", "\u202A", "\u202B",
                                "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    const std::string text = character;
    for (const std::string& name : {text, "phone" + text, text + "phone", "ph" + text + "one"}) {
      EXPECT_EQ(rule.check(name).reason, kOneLine) << ::testing::PrintToString(name);
    }
  }
}

TEST(DeviceName, TakesTheNeighboursOfControlCharacters) {
  const DeviceNameRule rule(100);
  for (const char* name : {" ", "~", "\u00A0", "\u00C2", "\u061B", "\u061D", "\u200D", "\u2010", "\u2027", "\u202F",
                           "\u2065", "\u206A", "\u2128", "\u3028", "\u0628\u064A\u062A"}) {
    EXPECT_TRUE(rule.check(name).ok()) << name;
  }
  // Parts of a sequence that ends too early are no character, and nothing beyond the end is read.
  for (const std::string_view cut : {"\xE2", "\xE2\x80", "\xD8", "\xC2"}) EXPECT_FALSE(hasControlCharacter(cut));
}

}  // namespace
}  // namespace kavro::keys
