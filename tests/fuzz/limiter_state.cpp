// A state that the limiter's table takes over from another build of the plugin: it is taken whole or refused, and the
// table works afterwards. Input: a line with how many keys the table may have, and the state.
#include <charconv>
#include <stdexcept>
#include <string>

#include "plugins/limiter-memory/counter_table.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::limiter_memory;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = kavro::fuzz::textOf(data, size);
  const std::string_view line = kavro::fuzz::takeLine(input);
  std::size_t keys_max = 1;
  std::from_chars(line.data(), line.data() + line.size(), keys_max);
  keys_max = 1 + keys_max % 4096;
  const Clock::time_point now(1h);

  CounterTable table(keys_max);
  const Limit limit{3, 1min};
  table.hit("kept", limit, now);
  const std::string before = table.save(now);
  try {
    table.restore(input, now);
    const std::string saved = table.save(now);
    CounterTable other(1 + keys_max / 2);
    other.restore(saved, now);
    require(other.size() == table.size(), "as many counters in the table that takes its place");
  } catch (const std::invalid_argument&) {
    require(table.save(now) == before, "a refused state to change nothing");
    require(table.hit("kept", limit, now).remaining == 1, "the counter that was there");
  }
  for (int i = 0; i < 4; ++i) {
    const Decision decision = table.hit("new", limit, now + 1ms);
    require(decision.remaining <= limit.countMax, "a count within its limit");
    require(!decision.allowed || decision.remaining < limit.countMax, "what is allowed to be counted");
  }
  require(!table.hit("new", limit, now + 2ms).allowed, "a limit to hold");
  table.sweep(now + 2h);
  return 0;
}
