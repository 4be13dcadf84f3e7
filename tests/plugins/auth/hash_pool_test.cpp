#include "plugins/auth/hash_pool.hpp"

#include <gtest/gtest.h>

namespace kavro::auth {
namespace {

TEST(HashPool, HasSoManyPlacesAndNoMore) {
  const HashPool pool(Pool(nullptr, nullptr, nullptr), 2);
  const HashPool::Place first = pool.reserve();
  {
    const HashPool::Place second = pool.reserve();
    for (int i = 0; i < 3; ++i) {
      try {
        pool.reserve();
        FAIL() << "a third place";
      } catch (const Error& error) {
        EXPECT_EQ(Status::kUnavailable, error.status());
      }
    }
  }
  for (int i = 0; i < 3; ++i) EXPECT_NO_THROW(pool.reserve()) << "a place that went is free again";
}

TEST(HashPool, APlaceThatMovedCountsOnce) {
  const HashPool pool(Pool(nullptr, nullptr, nullptr), 1);
  {
    HashPool::Place place = pool.reserve();
    const HashPool::Place moved = std::move(place);
    EXPECT_THROW(pool.reserve(), Error);
  }
  EXPECT_NO_THROW(pool.reserve());
}

}  // namespace
}  // namespace kavro::auth
