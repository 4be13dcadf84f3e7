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
    EXPECT_EQ(rule.check(name).reason, "must not contain control characters") << ::testing::PrintToString(name);
  }
}

TEST(DeviceName, TakesTheNeighboursOfControlCharacters) {
  const DeviceNameRule rule(100);
  for (const std::string name : {" ", "~", "\xC2\xA0", "\xC3\x82"}) EXPECT_TRUE(rule.check(name).ok()) << name;
}

}  // namespace
}  // namespace kavro::keys
