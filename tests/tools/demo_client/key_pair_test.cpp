#include "key_pair.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace kavro::demo_client {
namespace {

// RFC 7748 section 6.1, Alice.
constexpr const char* kPrivate = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr const char* kPublic = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

TEST(KeyPair, DerivesThePublicHalfOfRfc7748) {
  const auto pair = KeyPair::fromPrivateHex(kPrivate);
  ASSERT_TRUE(pair);
  EXPECT_EQ(toHex(pair->publicKey()), kPublic);
  EXPECT_EQ(pair->privateHex(), kPrivate);
}

TEST(KeyPair, IsAnotherOneEachTime) { EXPECT_NE(KeyPair::generate().privateHex(), KeyPair::generate().privateHex()); }

TEST(KeyPair, RefusesWhatIsNotSixtyFourHexDigits) {
  const std::string good = kPrivate;
  EXPECT_FALSE(KeyPair::fromPrivateHex(""));
  EXPECT_FALSE(KeyPair::fromPrivateHex(good.substr(1)));
  EXPECT_FALSE(KeyPair::fromPrivateHex(good + "00"));
  EXPECT_FALSE(KeyPair::fromPrivateHex("g" + good.substr(1)));
  EXPECT_FALSE(KeyPair::fromPrivateHex(good.substr(1) + " "));
}

TEST(PublicKeyHex, GoesBothWaysAndTakesEitherCase) {
  std::string upper = kPublic;
  std::ranges::transform(upper, upper.begin(), [](unsigned char digit) { return std::toupper(digit); });
  const auto key = publicKeyFromHex(upper);
  ASSERT_TRUE(key);
  EXPECT_EQ(toHex(*key), kPublic);
  EXPECT_FALSE(publicKeyFromHex("8520"));
}

TEST(RandomText, IsBase64UrlOfThatManyBytes) {
  const std::string text = randomText(18);
  EXPECT_EQ(text.size(), 24U);
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
  EXPECT_NE(text, randomText(18));
}

}  // namespace
}  // namespace kavro::demo_client
