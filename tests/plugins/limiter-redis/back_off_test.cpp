#include "back_off.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kavro::limiter_redis {
namespace {

TEST(BackOff, DoublesUpToItsLongest) {
  BackOff backOff;
  for (const long longest : {50, 100, 200, 400, 800, 1000, 1000, 1000}) {
    const long waits = backOff.next().count();
    EXPECT_LE(waits, longest);
    EXPECT_GE(waits, longest * 3 / 4);
  }
}

TEST(BackOff, BeginsAnewAfterAReset) {
  BackOff backOff;
  for (int i = 0; i < 10; ++i) backOff.next();
  backOff.reset();
  EXPECT_LE(backOff.next(), BackOff::kFirst);
}

TEST(BackOff, ManyServersDoNotComeAtOnce) {
  std::set<long> waits;
  for (int i = 0; i < 50; ++i) {
    BackOff backOff;
    for (int attempt = 0; attempt < 5; ++attempt) backOff.next();
    waits.insert(backOff.next().count());
  }
  EXPECT_GT(waits.size(), 10u);
}

}  // namespace
}  // namespace kavro::limiter_redis
