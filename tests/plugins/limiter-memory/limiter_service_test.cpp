#include "limiter_service.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include <kavro/services/limiter.hpp>

namespace kavro::limiter_memory {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  kavro_status status = -1;
  std::optional<kavro_limit_decision> decision;
  int calls = 0;
  std::thread::id thread;

  static void store(void* user, kavro_status status, const kavro_limit_decision* decision) {
    auto& self = *static_cast<Outcome*>(user);
    self.status = status;
    if (decision) self.decision = *decision;
    ++self.calls;
    self.thread = std::this_thread::get_id();
  }
};

Detached run(Context, Task<bool> task, bool& finished) { finished = co_await task; }

class LimiterServiceTest : public ::testing::Test {
 protected:
  Outcome hit(std::string_view key, const kavro_limit* limit) {
    Outcome outcome;
    table_->hit(table_->self, toAbi(key), limit, Outcome::store, &outcome);
    EXPECT_EQ(outcome.calls, 1) << "done is called once, before hit() has returned";
    EXPECT_EQ(outcome.thread, std::this_thread::get_id());
    return outcome;
  }

  CounterTable counters_{10000};
  LimiterService service_{counters_};
  const kavro_limiter_v1* table_ = service_.table();
};

TEST_F(LimiterServiceTest, TableIsComplete) {
  EXPECT_EQ(table_->size, sizeof(kavro_limiter_v1));
  EXPECT_TRUE(table_->hit && table_->reset);
}

TEST_F(LimiterServiceTest, DecidesInMilliseconds) {
  const kavro_limit limit{sizeof limit, 0, 2, 60000, 0};
  const Outcome first = hit("k", &limit);
  ASSERT_EQ(first.status, KAVRO_OK);
  ASSERT_TRUE(first.decision);
  EXPECT_EQ(first.decision->size, sizeof(kavro_limit_decision));
  EXPECT_EQ(first.decision->allowed, 1);
  EXPECT_EQ(first.decision->remaining, 1u);
  EXPECT_EQ(first.decision->reset_ms, 60000u);
  hit("k", &limit);
  const Outcome denied = hit("k", &limit);
  EXPECT_EQ(denied.status, KAVRO_OK);
  EXPECT_EQ(denied.decision->allowed, 0);
  EXPECT_GT(denied.decision->reset_ms, 0u) << "rounded up: never 0 while the key is full";
}

TEST_F(LimiterServiceTest, ResetEmptiesTheKey) {
  const kavro_limit limit{sizeof limit, 0, 1, 60000, 0};
  hit("k", &limit);
  Outcome outcome;
  table_->reset(table_->self, toAbi("k"), Outcome::store, &outcome);
  EXPECT_EQ(outcome.calls, 1);
  EXPECT_EQ(outcome.status, KAVRO_OK);
  EXPECT_FALSE(outcome.decision);
  EXPECT_EQ(hit("k", &limit).decision->allowed, 1);
}

TEST_F(LimiterServiceTest, RefusesLimitsThatAreNone) {
  const kavro_limit noCount{sizeof noCount, 0, 0, 1000, 0};
  const kavro_limit noWindow{sizeof noWindow, 0, 1, 0, 0};
  const kavro_limit tooOld{8, 0, 1, 1000, 0};
  for (const kavro_limit* limit : {&noCount, &noWindow, &tooOld, static_cast<const kavro_limit*>(nullptr)}) {
    const Outcome outcome = hit("k", limit);
    EXPECT_EQ(outcome.status, KAVRO_INVALID);
    EXPECT_FALSE(outcome.decision);
  }
  EXPECT_EQ(counters_.size(), 0u);
}

TEST_F(LimiterServiceTest, ABlockTheCallerDoesNotKnowOfIsNone) {
  const kavro_limit limit{static_cast<uint32_t>(offsetof(kavro_limit, block_ms)), 0, 1, 60000, 900000};
  EXPECT_EQ(hit("k", &limit).decision->reset_ms, 60000u);
}

TEST_F(LimiterServiceTest, EndlessWindowsAreCut) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  const kavro_limit limit{sizeof limit, 0, kMost, kMost, kMost};
  const Outcome outcome = hit("k", &limit);
  EXPECT_EQ(outcome.status, KAVRO_OK);
  EXPECT_EQ(outcome.decision->remaining, kMost - 1);
  EXPECT_EQ(std::chrono::milliseconds(outcome.decision->reset_ms), LimiterService::kPeriodMax);
}

TEST_F(LimiterServiceTest, WorksThroughTheSdk) {
  const Limiter limiter(table_);
  std::vector<LimitDecision> decisions;
  const auto count = [&]() -> Task<bool> {
    for (int i = 0; i < 3; ++i) decisions.push_back(co_await limiter.hit("k", {2, 1min}));
    co_await limiter.reset("k");
    decisions.push_back(co_await limiter.hit("k", {2, 1min}));
    co_return true;
  };
  bool finished = false;
  run({}, count(), finished);
  ASSERT_TRUE(finished);
  ASSERT_EQ(decisions.size(), 4u);
  EXPECT_TRUE(decisions[1].allowed);
  EXPECT_FALSE(decisions[2].allowed);
  EXPECT_TRUE(decisions[3].allowed);
  EXPECT_EQ(decisions[3].remaining, 1u);
}

}  // namespace
}  // namespace kavro::limiter_memory
