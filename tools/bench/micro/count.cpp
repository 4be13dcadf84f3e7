// kavro_micro_count: runs each piece a fixed number of times, for valgrind --tool=callgrind to count its instructions.
// tests/budget/check.py runs it, and reads what both write:
//   - this program: a line a piece, "NAME TIMES ALLOCATIONS"
//   - callgrind: a file a piece, with the instructions of all those times and "Client Request: NAME"
// Without valgrind it only runs the pieces.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <exception>

#include "tools/bench/micro/allocations.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/servers.hpp"

namespace {

using kavro::micro::Entry;

// Before counting: pages, caches and buffers become what they are in a server that has run for a while.
constexpr int kWarmUpRounds = 4;
constexpr int kRounds = 16;

// What runs within this function is counted, of this thread alone: valgrind's --toggle-collect names it.
extern "C" [[gnu::noinline]] void kavro_micro_counted(kavro::micro::Piece& piece, std::size_t times) {
  piece.run(times);
  asm volatile("");  // no tail call: this function is left when the piece has run
}

void count(const Entry& entry, kavro::micro::Servers& servers) {
  const auto piece = entry.make(servers);
  piece->within([&] {
    for (int round = 0; round < kWarmUpRounds; ++round) {
      piece->prepare(entry.batch);
      piece->run(entry.batch);
    }
    std::uint64_t allocations = 0;
    CALLGRIND_ZERO_STATS;
    for (int round = 0; round < kRounds; ++round) {
      piece->prepare(entry.batch);
      const std::uint64_t before = kavro::micro::allocationsOfThisThread();
      kavro_micro_counted(*piece, entry.batch);
      allocations += kavro::micro::allocationsOfThisThread() - before;
    }
    CALLGRIND_DUMP_STATS_AT(entry.name.c_str());
    std::printf("%s %zu %llu\n", entry.name.c_str(), entry.batch * kRounds,
                static_cast<unsigned long long>(allocations));
  });
}

}  // namespace

// `kavro_micro_count NAME...`: only those.
int main(int argc, char** argv) {
  const auto wanted = [&](const std::string& name) {
    for (int i = 1; i < argc; ++i) {
      if (name == argv[i]) return true;
    }
    return argc == 1;
  };
  try {
    kavro::micro::Servers servers;
    for (const Entry& entry : kavro::micro::allEntries()) {
      if (entry.counted && wanted(entry.name)) count(entry, servers);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kavro_micro_count: %s\n", error.what());
    return 1;
  }
}
