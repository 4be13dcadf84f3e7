#include "address_list.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace kavro::metrics {
namespace {

std::string refusal(const std::string& text) {
  try {
    AddressList list(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

TEST(AddressList, KnowsAddressesAndPrefixes) {
  const AddressList list(" 127.0.0.0/8 ::1,\t10.1.2.128/25  2001:db8::/33 192.0.2.7");
  for (const char* inside :
       {"127.0.0.1", "127.255.255.255", "::1", "10.1.2.128", "10.1.2.255", "2001:db8:7fff::1", "192.0.2.7"}) {
    EXPECT_TRUE(list.contains(inside)) << inside;
  }
  for (const char* outside : {"128.0.0.1", "::2", "10.1.2.127", "10.1.3.128", "2001:db8:8000::1", "192.0.2.8", "",
                              "127.0.0.1 ", "localhost", "::127.0.0.1"}) {
    EXPECT_FALSE(list.contains(outside)) << outside;
  }
}

TEST(AddressList, TakesAllOfAFamilyAndNone) {
  EXPECT_TRUE(AddressList("0.0.0.0/0").contains("192.0.2.7"));
  EXPECT_FALSE(AddressList("0.0.0.0/0").contains("::1"));
  EXPECT_FALSE(AddressList("").contains("127.0.0.1"));
}

TEST(AddressList, SaysWhatIsWrong) {
  EXPECT_EQ("taken", refusal("::/0 1.2.3.4/32"));
  for (const std::string wrong :
       {"localhost", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8x", "::/129", "/8"}) {
    EXPECT_EQ("allow: found \"" + wrong + "\", expected an address or a prefix, such as 127.0.0.1, 10.0.0.0/8 or ::1",
              refusal("127.0.0.1 " + wrong));
  }
}

}  // namespace
}  // namespace kavro::metrics
