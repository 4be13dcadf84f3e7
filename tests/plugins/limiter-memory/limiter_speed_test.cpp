// A hit must stay far below the cost of a request. CPU time is measured, so that a busy machine fails nothing, and the
// bounds only catch a change of order. Not asserted with sanitizers or without optimisation.
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "limiter_service.hpp"

namespace kavro::limiter_memory {
namespace {

double nanosecondsPerHit(std::size_t keyCount) {
  CounterTable counters(1000000);
  const LimiterService service(counters);
  const kavro_limiter_v1* table = service.table();
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < keyCount; ++i) keys.push_back("ratelimit:send:" + std::to_string(10000000000 + i));
  const kavro_limit limit{sizeof limit, 0, 30, 3600000, 0};
  std::uint64_t allowed = 0;
  const auto done = [](void* user, kavro_status, const kavro_limit_decision* decision) {
    *static_cast<std::uint64_t*>(user) += static_cast<std::uint64_t>(decision->allowed);
  };
  for (const std::string& key : keys) table->hit(table->self, {key.data(), key.size()}, &limit, done, &allowed);
  constexpr std::size_t kHits = 1000000;
  std::size_t next = 0;
  const std::clock_t begin = std::clock();
  for (std::size_t i = 0; i < kHits; ++i) {
    next = (next + 7919) % keyCount;  // a prime, so that neighbours in memory are not asked for in a row
    table->hit(table->self, {keys[next].data(), keys[next].size()}, &limit, done, &allowed);
  }
  const std::clock_t end = std::clock();
  EXPECT_GT(allowed, 0u);
  return static_cast<double>(end - begin) / CLOCKS_PER_SEC * 1e9 / kHits;
}

TEST(LimiterSpeed, AHitTakesWellUnderAMicrosecond) {
  struct Case {
    std::size_t keys;
    double nanosecondsMax;
  };
  for (const Case& test : {Case{1000, 1000}, Case{900000, 5000}}) {
    const double nanoseconds = nanosecondsPerHit(test.keys);
    std::printf("%zu keys: %.0f ns a hit\n", test.keys, nanoseconds);
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(nanoseconds, test.nanosecondsMax) << test.keys << " keys";
#endif
  }
}

}  // namespace
}  // namespace kavro::limiter_memory
