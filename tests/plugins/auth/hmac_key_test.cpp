#include "plugins/auth/hmac_key.hpp"

#include <gtest/gtest.h>

#include <kavro/error.hpp>

#include "plugins/auth/base64_url.hpp"

namespace kavro::auth {
namespace {

// RFC 4231 test case 6: a key longer than a block.
TEST(HmacKey, IsHmacSha256WithAKeyOfAnyLength) {
  const HmacKey key(std::string(131, '\xaa'));
  constexpr std::string_view kText = "Test Using Larger Than Block-Size Key - Hash Key First";
  const std::string mac = key.sign(kText);
  char hex[crypto_auth_hmacsha256_BYTES * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, reinterpret_cast<const unsigned char*>(mac.data()), mac.size());
  EXPECT_STREQ("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", hex);
  EXPECT_TRUE(key.verifies(kText, mac));

  std::string other = mac;
  other[31] = static_cast<char>(other[31] ^ 1);
  EXPECT_FALSE(key.verifies(kText, other));
  EXPECT_FALSE(key.verifies("Test", mac));
  EXPECT_FALSE(key.verifies(kText, mac.substr(0, 31)));
  EXPECT_FALSE(key.verifies(kText, mac + "x"));
  EXPECT_FALSE(key.verifies(kText, ""));
}

TEST(HmacKey, RefusesAShortSecretAndSaysHowToMakeALongOne) {
  EXPECT_NO_THROW(HmacKey(std::string(32, 'x')));
  try {
    HmacKey(std::string(31, 'x'));
    FAIL() << "a secret of 31 bytes was accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(
        "the secret has 31 bytes, which anyone can guess: expected at least 32; make one with: openssl rand -hex 32",
        error.what());
  }
}

TEST(HmacKey, IsCalledTheSameEverywhereAndTellsNoSecret) {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  const HmacKey key(secret);
  EXPECT_EQ(12u, key.id().size());
  EXPECT_EQ(HmacKey(secret).id(), key.id());
  EXPECT_NE(HmacKey("0123456789abcdef0123456789abcdeF").id(), key.id());
  // Neither RFC 7638's thumbprint nor any other plain hash of the secret.
  unsigned char hash[crypto_hash_sha256_BYTES];
  for (const std::string& text : {secret, R"({"k":")" + encodeBase64Url(secret) + R"(","kty":"oct"})"}) {
    crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EXPECT_EQ(std::string::npos, encodeBase64Url({reinterpret_cast<char*>(hash), sizeof hash}).find(key.id()));
  }
}

}  // namespace
}  // namespace kavro::auth
