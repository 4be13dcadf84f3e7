#include "key_hasher.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace kavro::limiter_memory {
namespace {

TEST(KeyHasher, SameKeySameFingerprint) {
  const KeyHasher hasher;
  EXPECT_EQ(hasher("login:alice"), hasher(std::string("login:") + "alice"));
  EXPECT_EQ(hasher(""), hasher(std::string_view()));
}

TEST(KeyHasher, OtherKeyOtherFingerprint) {
  const KeyHasher hasher;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (int i = 0; i < 10000; ++i) {
    const Fingerprint fingerprint = hasher("key" + std::to_string(i));
    EXPECT_TRUE(seen.insert({fingerprint.low, fingerprint.high}).second) << i;
  }
  EXPECT_FALSE(hasher(std::string_view("a\0b", 3)) == hasher(std::string_view("a\0c", 3))) << "a NUL ends no key";
}

TEST(KeyHasher, TwoHashersDisagreeSoThatClientsCannotPrepareKeys) {
  EXPECT_FALSE(KeyHasher()("login:alice") == KeyHasher()("login:alice"));
}

}  // namespace
}  // namespace kavro::limiter_memory
