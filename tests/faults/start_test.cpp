// Each call of a kind fails once while the server starts: it serves, or it ends by itself and says why.
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstdio>

#include "tests/faults/walk.hpp"

namespace kavro::testing {
namespace {

using namespace faults;

void walkThroughStarts(const std::string& name, Faults::Plan plan, std::uint64_t dense) {
  Faults faults;
  Installation installation(underFaults(walkOptions(), faults));
  size_t walked = 0, ended = 0;
  int failures = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (Points points(dense); failures < Walk::kFailuresMax; points.next()) {
    plan.first = points.number();
    faults.arm(plan);
    Process process(installation.commandLine({"run"}), installation.folder(), installation.options().environment);
    const auto listens = process.waitForLine("listening on http://127.0.0.1:");
    const bool failed = faults.failed() > 0;
    const std::string at = name + " " + std::to_string(plan.first) + " (" + faults.where() + ")";
    faults.disarm();
    if (listens) process.signal(SIGTERM);
    const auto status = process.wait();
    if (!status) {
      ++failures;
      ADD_FAILURE() << at << ": neither serves nor ends; it wrote: " << process.errors();
    } else if (*status >= 128) {
      ++failures;
      ADD_FAILURE() << at << ": ended with status " << *status << "; it wrote: " << process.errors();
    } else if (!listens) {
      ++ended;
      if (*status == 0 || process.errors().empty()) {
        ++failures;
        ADD_FAILURE() << at << ": ended with status " << *status << " and wrote: " << process.errors();
      }
    }
    if (!failed) break;
    ++walked;
  }
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
  std::printf("[ MEASURED ] %s: %zu points, %zu ended the start, in %lld ms\n", name.c_str(), walked, ended,
              static_cast<long long>(ms));
  EXPECT_GT(walked, 0u);
}

TEST(FaultsAtStart, OfFiles) { walkThroughStarts("start, files", {.classes = kFile, .error = EIO}, 12); }

TEST(FaultsAtStart, OfDescriptors) {
  walkThroughStarts("start, EMFILE", {.classes = kFileOpen | kSocketMake | kPoll, .error = EMFILE}, 12);
}

TEST(FaultsAtStart, OfThreads) { walkThroughStarts("start, threads", {.classes = kThread, .error = EAGAIN}, 20); }

// Without random numbers for good libsodium ends the process, and rightly so.
TEST(FaultsAtStart, OfRandomNumbers) { walkThroughStarts("start, random", {.classes = kRandom, .error = EINTR}, 8); }

TEST(FaultsAtStart, OfMemory) {
#ifdef KAVRO_TEST_SANITIZED
  GTEST_SKIP() << "memory is the sanitizer's";
#endif
  walkThroughStarts("start, memory", {.classes = kMemory, .error = ENOMEM}, 10);
}

}  // namespace
}  // namespace kavro::testing
