#include "plugins/auth/token_key.hpp"

#include <gtest/gtest.h>

#include <kavro/error.hpp>

namespace kavro::auth {
namespace {

// RFC 4231 test case 6: a key longer than a block.
TEST(TokenKey, IsHmacSha256WithAKeyOfAnyLength) {
  const TokenKey key(std::string(131, '\xaa'));
  constexpr std::string_view kText = "Test Using Larger Than Block-Size Key - Hash Key First";
  const TokenMac mac = key.mac(kText);
  char hex[sizeof(TokenMac) * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, mac.data(), mac.size());
  EXPECT_STREQ("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", hex);
  EXPECT_TRUE(key.matches(kText, mac));

  TokenMac other = mac;
  other[31] ^= 1;
  EXPECT_FALSE(key.matches(kText, other));
  EXPECT_FALSE(key.matches("Test", mac));
}

TEST(TokenKey, RefusesAShortSecretAndSaysHowToMakeALongOne) {
  EXPECT_NO_THROW(TokenKey(std::string(32, 'x')));
  try {
    TokenKey(std::string(31, 'x'));
    FAIL() << "a secret of 31 bytes was accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(
        "the secret has 31 bytes, which anyone can guess: expected at least 32; make one with: openssl rand -hex 32",
        error.what());
  }
}

}  // namespace
}  // namespace kavro::auth
