#include "plugins/auth/bounded_cache.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace kavro::auth {
namespace {

struct Same {
  size_t operator()(int key) const { return static_cast<size_t>(key); }
};
struct OneShard {
  size_t operator()(int) const { return 0; }
};

TEST(BoundedCache, FindsWhatWasPut) {
  BoundedCache<int, std::string, Same> cache(100);
  EXPECT_FALSE(cache.find(1));
  cache.put(1, "one");
  EXPECT_EQ("one", cache.find(1));
  cache.put(1, "uno");
  EXPECT_EQ("uno", cache.find(1));
  cache.erase(1);
  cache.erase(2);
  EXPECT_FALSE(cache.find(1));
}

TEST(BoundedCache, LetsGoOfWhatWasAskedForLongestAgo) {
  BoundedCache<int, int, OneShard> cache(3 * 16);  // three in each of 16 shards
  for (int i = 0; i < 3; ++i) cache.put(i, i);
  EXPECT_TRUE(cache.find(0));
  cache.put(3, 3);
  EXPECT_TRUE(cache.find(0));
  EXPECT_FALSE(cache.find(1));
  EXPECT_TRUE(cache.find(2));
  EXPECT_TRUE(cache.find(3));
}

TEST(BoundedCache, IsBounded) {
  BoundedCache<int, int, Same> cache(160);
  for (int i = 0; i < 10'000; ++i) cache.put(i, i);
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) kept += cache.find(i).has_value();
  EXPECT_EQ(160, kept);
}

TEST(BoundedCache, OfSizeZeroKeepsNothing) {
  BoundedCache<int, int, Same> cache(0);
  cache.put(1, 1);
  EXPECT_FALSE(cache.find(1));
}

TEST(BoundedCache, ServesThreadsAtOnce) {
  BoundedCache<int, int, Same> cache(64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        cache.put(i % 200, i % 200);
        if (const auto found = cache.find((i * 7) % 200)) {
          ASSERT_EQ((i * 7) % 200, *found);
        }
        if (i % 11 == 0) cache.erase(i % 200);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace kavro::auth
