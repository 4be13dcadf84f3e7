#include "plugins/vault/fernet.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <set>
#include <thread>

#include "plugins/vault/base64url.hpp"

namespace kavro::vault {
namespace {

std::string decoded(const std::string& token) {
  const auto bytes = decodeBase64Url(token);
  EXPECT_TRUE(bytes) << token;
  return bytes.value_or("");
}

TEST(Fernet, ReturnsTextsOfEveryLengthAroundABlock) {
  const Fernet fernet(Key::derive("a key"));
  std::string plain;
  for (int i = 0; i < 70; ++i) {
    const std::string token = fernet.encrypt(plain);
    EXPECT_EQ(plain, fernet.decrypt(decoded(token))) << plain.size();
    plain += static_cast<char>(i * 41);  // with NULs and bytes that are no text
  }
}

TEST(Fernet, WritesVersionTimeAndAFreshVector) {
  const Fernet fernet(Key::derive("a key"));
  const auto before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(fernet.encrypt("the same"));
  EXPECT_EQ(100u, tokens.size());
  const std::string bytes = decoded(*tokens.begin());
  EXPECT_EQ(1u + 8 + 16 + 16 + 32, bytes.size());
  EXPECT_EQ('\x80', bytes[0]);
  int64_t made = 0;
  for (int i = 1; i <= 8; ++i) made = made << 8 | static_cast<unsigned char>(bytes[static_cast<size_t>(i)]);
  EXPECT_GE(made, before.time_since_epoch().count());
  EXPECT_LE(made, before.time_since_epoch().count() + 60);
}

TEST(Fernet, RefusesATokenWithAnyBitChanged) {
  const Fernet fernet(Key::derive("a key"));
  const std::string bytes = decoded(fernet.encrypt("attack at dawn"));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(fernet.decrypt(changed)) << "byte " << i << ", bit " << bit;
    }
  }
  EXPECT_EQ("attack at dawn", fernet.decrypt(bytes));
}

TEST(Fernet, RefusesATokenCutOrGrownAnywhere) {
  const Fernet fernet(Key::derive("a key"));
  const std::string bytes = decoded(fernet.encrypt("twenty bytes of text"));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(fernet.decrypt(bytes.substr(0, size))) << size;
  for (size_t size = 1; size <= 33; ++size) EXPECT_FALSE(fernet.decrypt(bytes + std::string(size, '\0'))) << size;
}

TEST(Fernet, RefusesATokenOfAnotherKey) {
  const Fernet ours(Key::derive("ours")), theirs(Key::derive("theirs"));
  EXPECT_FALSE(ours.decrypt(decoded(theirs.encrypt("secret"))));
}

TEST(Fernet, GoesOnAfterATokenItRefused) {
  const Fernet fernet(Key::derive("a key"));
  const std::string good = decoded(fernet.encrypt("still here"));
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(fernet.decrypt(bad));
    EXPECT_EQ("still here", fernet.decrypt(good));
  }
}

TEST(Fernet, TakesNoTextThatIsTooLong) {
  const Fernet fernet(Key::derive("a key"));
  EXPECT_THROW(fernet.encrypt(std::string(Fernet::kPlainBytesMax + 1, 'x')), std::length_error);
  const std::string longest(Fernet::kPlainBytesMax, 'x');
  EXPECT_EQ(longest, fernet.decrypt(decoded(fernet.encrypt(longest))));
}

TEST(Fernet, ServesManyThreadsAtOnce) {
  const Fernet fernet(Key::derive("a key"));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const std::string plain = "thread " + std::to_string(t);
      for (int i = 0; i < 500; ++i) {
        const auto bytes = decodeBase64Url(fernet.encrypt(plain));
        if (!bytes || fernet.decrypt(*bytes) != plain) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
}

// A page of the inbox decrypts 50 fields on the reactor: it has 150 µs for them on an idle machine. The best of many
// rounds is taken, and the bound is wide, because test machines are busy and builds may be without optimisation.
TEST(Fernet, DecryptsAPageOfFieldsInMicroseconds) {
  const Fernet fernet(Key::derive("a key"));
  const std::string token = fernet.encrypt(std::string(60, 'x'));
  auto best = std::chrono::nanoseconds::max();
  for (int round = 0; round < 200; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(fernet.decrypt(*decodeBase64Url(token)));
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  std::cout << "50 fields: " << best.count() / 1000.0 << " us\n";
  RecordProperty("fifty_fields_ns", std::to_string(best.count()));
  EXPECT_LT(best, std::chrono::milliseconds(2));
}

}  // namespace
}  // namespace kavro::vault
