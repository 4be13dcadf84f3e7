#include "plugins/keys/public_key.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace kavro::keys {
namespace {

const KeyRule kX25519Rule(KeyFormat::kX25519, 0);

// The public key of RFC 7748 section 6.1.
constexpr std::string_view kAlice = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

TEST(PublicKey, GoodX25519KeysAreStoredInLowerCase) {
  EXPECT_EQ(kX25519Rule.check(kAlice).value, kAlice);
  std::string upper(kAlice);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(kX25519Rule.check(upper).value, kAlice);
}

TEST(PublicKey, GeneratedKeysAreGood) {
  for (int i = 0; i < 100; ++i) {
    unsigned char public_key[crypto_box_PUBLICKEYBYTES], secret_key[crypto_box_SECRETKEYBYTES];
    ASSERT_EQ(crypto_box_keypair(public_key, secret_key), 0);
    char hex[2 * sizeof public_key + 1];
    sodium_bin2hex(hex, sizeof hex, public_key, sizeof public_key);
    EXPECT_EQ(kX25519Rule.check(hex).value, hex);
  }
}

TEST(PublicKey, OtherLengthsAreRefused) {
  for (const size_t length : {0, 1, 62, 63, 65, 66, 128}) {
    EXPECT_EQ(kX25519Rule.check(std::string(length, 'a')).reason,
              "expected 64 hex digits (an X25519 public key), found " + std::to_string(length) + " characters");
  }
}

TEST(PublicKey, OtherCharactersAreRefused) {
  for (const char c : {'g', 'G', ' ', ':', '/', '@', '`', '\0', '\n', '\x80'}) {
    for (const size_t at : {0, 1, 31, 63}) {
      std::string text(kAlice);
      text[at] = c;
      EXPECT_EQ(kX25519Rule.check(text).reason,
                "expected 64 hex digits (an X25519 public key), found another character")
          << "character " << static_cast<int>(c) << " at " << at;
    }
  }
}

TEST(PublicKey, AllZeroIsRefused) {
  EXPECT_EQ(kX25519Rule.check(std::string(64, '0')).reason,
            "not a usable X25519 public key: a point of small order, no secret can be agreed with it");
}

TEST(PublicKey, UnreducedKeysAreGoodAsRfc7748Demands) {
  EXPECT_TRUE(kX25519Rule.check("f0" + std::string(60, 'f') + "7f").ok());  // p + 3, which is 3
  std::string top_bit(kAlice);
  top_bit[62] = 'e';
  EXPECT_TRUE(kX25519Rule.check(top_bit).ok());
}

TEST(PublicKey, WycheproofKeysAreRefusedExactlyWhenTheirSecretIsZero) {
  const char* named = std::getenv("KAVRO_VECTORS");
  const std::filesystem::path folder = named ? named : KAVRO_TEST_SOURCE "/../shared/vectors";
  std::ifstream file(folder / "wycheproof/x25519_test.json");
  if (!file) GTEST_SKIP() << "no Wycheproof vectors in " << folder << ": set KAVRO_VECTORS to the folder that has them";

  const auto root = Poco::JSON::Parser().parse(file).extract<Poco::JSON::Object::Ptr>();
  const auto groups = root->getArray("testGroups");
  int good = 0, refused = 0;
  for (unsigned g = 0; g < groups->size(); ++g) {
    const auto tests = groups->getObject(g)->getArray("tests");
    for (unsigned t = 0; t < tests->size(); ++t) {
      const auto test = tests->getObject(t);
      const auto key = test->getValue<std::string>("public");
      const bool zero = test->getValue<std::string>("shared") == std::string(64, '0');
      EXPECT_EQ(kX25519Rule.check(key).ok(), !zero) << "tcId " << test->getValue<int>("tcId") << ", public " << key;
      ++(zero ? refused : good);
    }
  }
  EXPECT_GT(good, 400);
  EXPECT_GT(refused, 25);
}

TEST(PublicKey, AnyTakesPrintableTextUpToItsLimit) {
  const KeyRule any(KeyFormat::kAny, 8);
  EXPECT_EQ(any.check("a key").value, "a key");
  EXPECT_EQ(any.check("ABCDEFGH").value, "ABCDEFGH");
  EXPECT_EQ(any.check("123456789").reason, "is 9 bytes long, at most 8 are allowed");
  EXPECT_EQ(any.check("").reason, "must not be empty");
  EXPECT_EQ(any.check(std::string("a\0b", 3)).reason, "must not contain control characters");
}

}  // namespace
}  // namespace kavro::keys
