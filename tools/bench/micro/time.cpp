// kavro_micro: the time of each piece, with Google Benchmark.
#include <benchmark/benchmark.h>

#include <exception>

#include "tools/bench/micro/allocations.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/servers.hpp"

namespace {

using kavro::micro::Entry;

void measure(benchmark::State& state, const Entry& entry, kavro::micro::Servers& servers) {
  try {
    const auto piece = entry.make(servers);
    piece->within([&] {
      std::uint64_t allocations = 0;
      std::uint64_t times = 0;
      const auto batch = static_cast<benchmark::IterationCount>(entry.batch);
      while (state.KeepRunningBatch(batch)) {
        if (entry.prepares) {
          state.PauseTiming();
          piece->prepare(entry.batch);
          state.ResumeTiming();
        }
        const std::uint64_t before = kavro::micro::allocationsOfThisThread();
        piece->run(entry.batch);
        allocations += kavro::micro::allocationsOfThisThread() - before;
        times += entry.batch;
      }
      state.counters["allocations"] = static_cast<double>(allocations) / static_cast<double>(times);
    });
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  kavro::micro::Servers servers;
  for (const Entry& entry : kavro::micro::allEntries()) {
    auto* registered = benchmark::RegisterBenchmark(
        entry.name.c_str(), [entry, &servers](benchmark::State& state) { measure(state, entry, servers); });
    if (entry.clock == Entry::Clock::kReal) registered->UseRealTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
