// Memory that is short for a moment is waited for; memory that stays short is std::bad_alloc.
#include "kernel/host/memory_reserve.hpp"

#include <gtest/gtest.h>

#include <new>

namespace kavro::host {
namespace {

using Clock = std::chrono::steady_clock;

TEST(MemoryReserve, AnAllocationWaitsAndThenFails) {
  MemoryReserve reserve;
  // What operator new does when malloc gives nothing.
  const std::new_handler wait = std::get_new_handler();
  ASSERT_NE(nullptr, wait);
  const Clock::time_point begun = Clock::now();
  EXPECT_NO_THROW(wait()) << "the first time there is the reserve";
  EXPECT_THROW(
      {
        for (;;) wait();
      },
      std::bad_alloc);
  EXPECT_GE(Clock::now() - begun, MemoryReserve::kWaitMax);
  EXPECT_EQ(1u, MemoryReserve::refill()) << "it was one allocation";
  EXPECT_EQ(0u, MemoryReserve::refill());
  EXPECT_NO_THROW(wait()) << "the next one may wait again";
  EXPECT_EQ(1u, MemoryReserve::refill());
}

TEST(MemoryReserve, NothingIsLeftBehind) {
  { MemoryReserve reserve; }
  EXPECT_EQ(nullptr, std::get_new_handler());
  EXPECT_EQ(0u, MemoryReserve::refill());
}

}  // namespace
}  // namespace kavro::host
