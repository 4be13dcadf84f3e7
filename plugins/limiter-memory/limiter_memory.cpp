// The plugin: provides kavro.limiter/1 from a table in memory, and sweeps it by a timer.
#include <kavro/plugin.hpp>

#include "counter_table.hpp"
#include "limiter_service.hpp"

namespace kavro::limiter_memory {

class LimiterMemory : public Plugin {
 public:
  explicit LimiterMemory(Host& host)
      : host_(host), counters_(static_cast<std::size_t>(host.settings().integer("keys_max"))), service_(counters_) {
    host.provide(KAVRO_LIMITER, service_.table());
    host.every(host.settings().duration("sweep_interval"), [this] { sweep(); });
  }

 private:
  void sweep() {
    counters_.sweep();
    const std::uint64_t sharedHits = counters_.sharedHits();
    if (sharedHits == sharedHitsReported_) return;
    host_.log().warning("the table of counters was full: " + std::to_string(sharedHits - sharedHitsReported_) +
                        " hits of new keys were counted in shared counters, so that some may be limited early; "
                        "raise [limiter-memory] keys_max, or see where so many keys come from");
    sharedHitsReported_ = sharedHits;
  }

  Host& host_;
  CounterTable counters_;
  LimiterService service_;
  std::uint64_t sharedHitsReported_ = 0;  // the timer's own
};

}  // namespace kavro::limiter_memory

KAVRO_PLUGIN(kavro::limiter_memory::LimiterMemory)
