#include "plugins/messaging/ephemeral_key.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace kavro::messaging {
namespace {

const EphemeralKeyRule kX25519Rule(KeyFormat::kX25519, 0);
constexpr std::string_view kSmallOrderReason =
    "not a usable X25519 public key: a point of small order, no secret can be agreed with it";

// Bob's public key of RFC 7748 section 6.1.
constexpr std::string_view kBob = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";

bool libsodiumTakes(const std::string& hex) {
  unsigned char point[crypto_scalarmult_BYTES], shared[crypto_scalarmult_BYTES];
  const unsigned char scalar[crypto_scalarmult_SCALARBYTES] = {1, 2, 3};
  if (sodium_hex2bin(point, sizeof point, hex.data(), hex.size(), nullptr, nullptr, nullptr) != 0) {
    throw std::runtime_error(hex + " is not hex");
  }
  return crypto_scalarmult(shared, scalar, point) == 0;
}

TEST(EphemeralKey, GoodKeysAreStoredInLowerCase) {
  EXPECT_EQ(kX25519Rule.check(kBob).key, kBob);
  std::string upper(kBob);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(kX25519Rule.check(upper).key, kBob);
  EXPECT_EQ(kX25519Rule.check(upper).reason, "");
}

TEST(EphemeralKey, OtherLengthsAreRefused) {
  for (const size_t length : {0, 1, 63, 65, 128}) {
    EXPECT_EQ(kX25519Rule.check(std::string(length, 'a')).reason,
              "expected 64 hex digits (an X25519 public key), found " + std::to_string(length) + " characters");
  }
}

TEST(EphemeralKey, OtherCharactersAreRefused) {
  for (const char c : {'g', 'G', ' ', ':', '/', '@', '`', '\0', '\n', '\x80'}) {
    for (const size_t at : {0, 62, 63}) {
      std::string text(kBob);
      text[at] = c;
      EXPECT_EQ(kX25519Rule.check(text).reason,
                "expected 64 hex digits (an X25519 public key), found another character")
          << "character " << static_cast<int>(c) << " at " << at;
    }
  }
}

TEST(EphemeralKey, SmallOrderIsRefusedWithAndWithoutTheTopBitInAnyCase) {
  // Bernstein's list ("Curve25519: how do I validate public keys?"), little-endian.
  const std::string points[] = {
      std::string(64, '0'),
      "01" + std::string(62, '0'),
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ec" + std::string(60, 'f') + "7f",
      "ed" + std::string(60, 'f') + "7f",
      "ee" + std::string(60, 'f') + "7f",
  };
  for (const std::string& point : points) {
    std::string top_bit = point;
    top_bit[62] = "89abcdef"[point[62] - '0'];
    for (std::string key : {point, top_bit}) {
      ASSERT_FALSE(libsodiumTakes(key)) << key;
      EXPECT_EQ(kX25519Rule.check(key).reason, kSmallOrderReason) << key;
      for (char& c : key) c = static_cast<char>(std::toupper(c));
      EXPECT_EQ(kX25519Rule.check(key).reason, kSmallOrderReason) << key;
    }
    // One digit away is another point, and a good one unless libsodium says otherwise.
    for (size_t i = 0; i < point.size(); ++i) {
      std::string neighbour = point;
      neighbour[i] = point[i] == '3' ? '4' : '3';
      EXPECT_EQ(kX25519Rule.check(neighbour).reason.empty(), libsodiumTakes(neighbour)) << neighbour;
    }
  }
}

TEST(EphemeralKey, AgreesWithLibsodiumOnWycheproofKeys) {
  const char* named = std::getenv("KAVRO_VECTORS");
  const std::filesystem::path folder = named ? named : KAVRO_TEST_SOURCE "/../shared/vectors";
  std::ifstream file(folder / "wycheproof/x25519_test.json");
  if (!file) GTEST_SKIP() << "no Wycheproof vectors in " << folder << ": set KAVRO_VECTORS to the folder that has them";

  const auto root = Poco::JSON::Parser().parse(file).extract<Poco::JSON::Object::Ptr>();
  const auto groups = root->getArray("testGroups");
  int refused = 0;
  for (unsigned g = 0; g < groups->size(); ++g) {
    const auto tests = groups->getObject(g)->getArray("tests");
    for (unsigned t = 0; t < tests->size(); ++t) {
      const auto test = tests->getObject(t);
      const auto key = test->getValue<std::string>("public");
      const bool zero = test->getValue<std::string>("shared") == std::string(64, '0');
      EXPECT_EQ(kX25519Rule.check(key).reason, zero ? kSmallOrderReason : "") << "tcId " << test->getValue<int>("tcId");
      EXPECT_EQ(libsodiumTakes(key), !zero);
      refused += zero;
    }
  }
  EXPECT_GT(refused, 25);
}

TEST(EphemeralKey, AnyTakesPrintableTextUpToItsLimit) {
  const EphemeralKeyRule any(KeyFormat::kAny, 8);
  EXPECT_EQ(any.check("A key").key, "A key");
  EXPECT_EQ(any.check("12345678").reason, "");
  EXPECT_EQ(any.check("123456789").reason, "is 9 bytes long, at most 8 are allowed");
  EXPECT_EQ(any.check("").reason, "must not be empty");
  EXPECT_EQ(any.check(std::string("a\0b", 3)).reason, "must not contain control characters");
}

}  // namespace
}  // namespace kavro::messaging
