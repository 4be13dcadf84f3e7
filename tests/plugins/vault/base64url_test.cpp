#include "plugins/vault/base64url.hpp"

#include <gtest/gtest.h>

namespace kavro::vault {
namespace {

// RFC 4648 section 10, and what differs from plain base64.
TEST(Base64Url, EncodesAndDecodesTheExamplesOfTheRfc) {
  const std::pair<std::string, std::string> examples[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xFB\xEF\xFF", "--__"},
  };
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(text, encodeBase64Url(bytes));
    EXPECT_EQ(bytes, decodeBase64Url(text)) << text;
  }
}

TEST(Base64Url, ReturnsEveryByteString) {
  std::string bytes;
  for (int i = 0; i < 512; ++i) {
    EXPECT_EQ(bytes, decodeBase64Url(encodeBase64Url(bytes))) << bytes.size();
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64Url, RefusesWhatIsNotTheOneTextOfItsBytes) {
  const std::string refused[] = {
      "Z",     "Zg",       "Zg=",    "Zm8",   "Zm9vY",   "=",    "==",
      "====",                                          // cut short
      "Zg===", "Zg==Zg==", "Z=g=",   "=Zg=",  "Z===",  // padding elsewhere
      "Zh==",  "Zm9=",     "Zn==",                     // bits that carry nothing
      "ab+/",  "Zm 9",     "Zm9v\n", "Zm\n9", "Zm9\xC3", "%%%%", std::string("Zm9\0", 4),
  };
  for (const std::string& text : refused) EXPECT_FALSE(decodeBase64Url(text)) << text;
}

}  // namespace
}  // namespace kavro::vault
