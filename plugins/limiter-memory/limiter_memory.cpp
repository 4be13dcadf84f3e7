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
    defineMetrics(host.metrics());
  }

  // Windows that are open stay open when keys_max changes or another build of the plugin takes over.
  std::string saveState() override { return counters_.save(); }
  void restoreState(std::string_view state) override { counters_.restore(state); }

 private:
  // Counted where the decision is made, under its lock, and added up when somebody looks.
  void defineMetrics(Metrics& metrics) {
    metrics.readCounter(
        "decisions", "Hits, by what was decided", {"decision", {"allowed", "refused"}},
        [this](size_t i) { return static_cast<double>(i == 0 ? counters_.allowed() : counters_.refused()); });
    metrics.readCounter("shared_hits", "Hits of keys that share a counter, because the table is full",
                        [this] { return counters_.sharedHits(); });
    metrics.readGauge("keys", "Keys that have a counter", [this] { return counters_.size(); });
    metrics.readGauge(
        "table", "Memory of the counters", [this] { return counters_.bytes(); }, "bytes");
  }

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
