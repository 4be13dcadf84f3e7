#include "plugins/vault/fernet.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "plugins/vault/base64url.hpp"
#include "plugins/vault/mac.hpp"

namespace kavro::vault {
namespace {

std::string decoded(const std::string& token) {
  const auto bytes = decodeBase64Url(token);
  EXPECT_TRUE(bytes) << token;
  return bytes.value_or("");
}

// What Fernet::decrypt makes of the bytes of a token; nothing where it takes none.
std::optional<std::string> decrypted(const Fernet& fernet, std::string bytes) {
  if (!fernet.decrypt(bytes)) return std::nullopt;
  return bytes;
}

TEST(Fernet, ReturnsTextsOfEveryLengthAroundABlock) {
  const Fernet fernet(Key::derive("a key"));
  std::string plain;
  for (int i = 0; i < 70; ++i) {
    const std::string token = fernet.encrypt(plain);
    EXPECT_EQ(plain, decrypted(fernet, decoded(token))) << plain.size();
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
      EXPECT_FALSE(decrypted(fernet, changed)) << "byte " << i << ", bit " << bit;
    }
  }
  EXPECT_EQ("attack at dawn", decrypted(fernet, bytes));
}

TEST(Fernet, RefusesATokenCutOrGrownAnywhere) {
  const Fernet fernet(Key::derive("a key"));
  const std::string bytes = decoded(fernet.encrypt("twenty bytes of text"));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decrypted(fernet, bytes.substr(0, size))) << size;
  for (size_t size = 1; size <= 33; ++size) EXPECT_FALSE(decrypted(fernet, bytes + std::string(size, '\0'))) << size;
}

TEST(Fernet, LeavesATokenOfAnotherKeyAsItIs) {
  const Fernet ours(Key::derive("ours")), theirs(Key::derive("theirs"));
  std::string bytes = decoded(theirs.encrypt("secret"));
  EXPECT_FALSE(ours.decrypt(bytes));
  EXPECT_TRUE(theirs.decrypt(bytes));
  EXPECT_EQ("secret", bytes);
}

// The blocks of a token with correct signature, but without padding: texts that end as no padding does.
TEST(Fernet, RefusesASignedTokenWithAWrongPadding) {
  const Key key = Key::derive("a key");
  const Fernet fernet(key);
  for (const std::string& end : {std::string(1, '\0'), std::string(1, '\x11'), std::string("\2\3\3", 3)}) {
    // Two blocks and one of padding, which is cut off; then signed again.
    std::string bytes = decoded(fernet.encrypt(std::string(32 - end.size(), 'x') + end));
    bytes.resize(bytes.size() - 32 - 16);
    const auto signature = Mac(key.signing()).of(bytes);
    bytes.append(signature.begin(), signature.end());
    EXPECT_FALSE(decrypted(fernet, bytes)) << end.size();
  }
}

TEST(Fernet, NeverUsesAVectorTwice) {
  const Fernet fernet(Key::derive("a key"));
  constexpr int kThreads = 4, kTokens = 200;  // more than are drawn at once
  std::vector<std::vector<std::string>> vectors(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : vectors) {
      threads.emplace_back([&fernet, &mine] {
        for (int i = 0; i < kTokens; ++i) mine.push_back(decoded(fernet.encrypt("the same")).substr(9, 16));
      });
    }
  }
  std::set<std::string> all;
  for (const auto& some : vectors) all.insert(some.begin(), some.end());
  EXPECT_EQ(static_cast<size_t>(kThreads * kTokens), all.size());
  EXPECT_FALSE(all.contains(std::string(16, '\0')));
}

TEST(Fernet, GoesOnAfterATokenItRefused) {
  const Fernet fernet(Key::derive("a key"));
  const std::string good = decoded(fernet.encrypt("still here"));
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(decrypted(fernet, bad));
    EXPECT_EQ("still here", decrypted(fernet, good));
  }
}

TEST(Fernet, TakesNoTextThatIsTooLong) {
  const Fernet fernet(Key::derive("a key"));
  EXPECT_THROW(fernet.encrypt(std::string(Fernet::kPlainBytesMax + 1, 'x')), std::length_error);
  const std::string longest(Fernet::kPlainBytesMax, 'x');
  EXPECT_EQ(longest, decrypted(fernet, decoded(fernet.encrypt(longest))));
}

TEST(Fernet, ServesManyThreadsAtOnce) {
  const Fernet fernet(Key::derive("a key"));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const std::string plain = "thread " + std::to_string(t);
      for (int i = 0; i < 500; ++i) {
        auto bytes = decodeBase64Url(fernet.encrypt(plain));
        if (!bytes || !fernet.decrypt(*bytes) || *bytes != plain) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
}

// A page of the inbox decrypts 50 fields on the reactor: it has 30 µs for them on an idle machine. The best of many
// rounds is taken, and the bound is wide, because test machines are busy and builds may be without optimisation.
TEST(Fernet, DecryptsAPageOfFieldsInMicroseconds) {
  const Fernet fernet(Key::derive("a key"));
  const std::string token = fernet.encrypt(std::string(60, 'x'));
  auto best = std::chrono::nanoseconds::max();
  for (int round = 0; round < 200; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(decrypted(fernet, *decodeBase64Url(token)));
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  std::cout << "50 fields: " << best.count() / 1000.0 << " us\n";
  RecordProperty("fifty_fields_ns", std::to_string(best.count()));
  EXPECT_LT(best, std::chrono::milliseconds(2));
}

}  // namespace
}  // namespace kavro::vault
