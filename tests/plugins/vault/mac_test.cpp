#include "plugins/vault/mac.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kavro::vault {
namespace {

std::span<const unsigned char> keyOf(const std::string& text) { return {bytesOf(std::string_view(text)), text.size()}; }

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

// RFC 4231 sections 4.2 to 4.5; the later ones are truncated, or have keys that are hashed first.
TEST(Mac, KnownAnswersOfTheRfc) {
  struct Example {
    std::string key, text, mac;
  };
  std::string counting;
  for (char byte = 1; byte <= 25; ++byte) counting += byte;
  const Example examples[] = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
  };
  for (const auto& [key, text, mac] : examples) {
    Mac keyed(keyOf(key));
    EXPECT_EQ(mac, hex(keyed.of(text)));
    EXPECT_EQ(mac, hex(keyed.of(text))) << "the second time";
  }
}

TEST(Mac, ACopyGoesOnByItself) {
  Mac original(keyOf("Jefe"));
  original.of("something before");
  Mac copy(original);
  original.of("something after");
  EXPECT_EQ(original.of("text"), copy.of("text"));
  EXPECT_NE(copy.of("text"), copy.of("texu"));
}

TEST(Mac, TakesAKeyAsLongAsABlock) {
  Mac longest(keyOf(std::string(Mac::kKeyBytesMax, 'k')));
  Mac shorter(keyOf(std::string(Mac::kKeyBytesMax - 1, 'k')));
  EXPECT_NE(longest.of("text"), shorter.of("text"));
  // Zeros at the end of a key are what a shorter one is filled up with (RFC 2104 section 2).
  EXPECT_EQ(Mac(keyOf("k")).of("text"), Mac(keyOf(std::string("k\0\0", 3))).of("text"));
}

}  // namespace
}  // namespace kavro::vault
