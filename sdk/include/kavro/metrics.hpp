// Numbers about what a plugin does: counters, gauges, histograms; see abi/metrics.h. Host::metrics() has them.
//
//   const Counters decisions = host.metrics().counter("decisions", "Hits by outcome", {"decision", {"allowed",
//   "refused"}}); decisions[1].add();      // kavro_<plugin>_decisions_total{decision="refused"}
//
// Defining belongs in the plugin's constructor; a definition that is out of range throws Error(kInvalid). Counter,
// Gauge and Histogram are handles: copy them freely. They may be used by any thread as long as the plugin lives, at
// some nanoseconds a call. On a server that has no metrics, everything here does nothing.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/metrics.h>
#include <kavro/error.hpp>
#include <kavro/text.hpp>

namespace kavro {

// The label that tells the series of a metric apart, and all its values.
struct MetricLabel {
  MetricLabel(std::string_view the_name, std::vector<std::string> the_values)
      : name(the_name), values(std::move(the_values)) {}
  std::string name;
  std::vector<std::string> values;
};

class Counter {
 public:
  Counter() = default;
  Counter(const kavro_metrics_v1* table, kavro_metric* series) : table_(table), series_(series) {}
  void add(double amount = 1) const {
    if (series_) table_->add(series_, amount);
  }

 private:
  const kavro_metrics_v1* table_ = nullptr;
  kavro_metric* series_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  Gauge(const kavro_metrics_v1* table, kavro_metric* series) : table_(table), series_(series) {}
  void set(double value) const {
    if (series_) table_->set(series_, value);
  }
  void add(double amount) const {
    if (series_) table_->add(series_, amount);
  }

 private:
  const kavro_metrics_v1* table_ = nullptr;
  kavro_metric* series_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  Histogram(const kavro_metrics_v1* table, kavro_metric* series) : table_(table), series_(series) {}
  void observe(double value) const {
    if (series_) table_->observe(series_, value);
  }

 private:
  const kavro_metrics_v1* table_ = nullptr;
  kavro_metric* series_ = nullptr;
};

// One handle for each value of the label, in their order.
template <class Handle>
class MetricFamily {
 public:
  MetricFamily() = default;
  explicit MetricFamily(std::vector<Handle> handles) : handles_(std::move(handles)) {}
  const Handle& operator[](size_t value) const { return handles_[value]; }
  size_t size() const { return handles_.size(); }

 private:
  std::vector<Handle> handles_;
};
using Counters = MetricFamily<Counter>;
using Gauges = MetricFamily<Gauge>;
using Histograms = MetricFamily<Histogram>;

class Metrics {
 public:
  explicit Metrics(const kavro_host* host) : host_(host) {
    const auto* table = static_cast<const kavro_metrics_v1*>(host->find_interface(host, KAVRO_METRICS));
    if (table && table->size >= sizeof(kavro_metrics_v1)) table_ = table;
  }
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // `unit`: "seconds", "bytes"; empty for a number of things.
  Counter counter(std::string_view name, std::string_view help, std::string_view unit = {}) {
    return define<Counter>({KAVRO_METRIC_COUNTER, name, help, unit})[0];
  }
  Counters counter(std::string_view name, std::string_view help, const MetricLabel& label, std::string_view unit = {}) {
    return define<Counter>({KAVRO_METRIC_COUNTER, name, help, unit, &label});
  }
  Gauge gauge(std::string_view name, std::string_view help, std::string_view unit = {}) {
    return define<Gauge>({KAVRO_METRIC_GAUGE, name, help, unit})[0];
  }
  Gauges gauge(std::string_view name, std::string_view help, const MetricLabel& label, std::string_view unit = {}) {
    return define<Gauge>({KAVRO_METRIC_GAUGE, name, help, unit, &label});
  }
  // `bounds`: the buckets' upper bounds, ascending.
  Histogram histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                      std::string_view unit = {}) {
    return define<Histogram>({KAVRO_METRIC_HISTOGRAM, name, help, unit, nullptr, std::move(bounds)})[0];
  }
  Histograms histogram(std::string_view name, std::string_view help, const MetricLabel& label,
                       std::vector<double> bounds, std::string_view unit = {}) {
    return define<Histogram>({KAVRO_METRIC_HISTOGRAM, name, help, unit, &label, std::move(bounds)});
  }

  // Asked for when somebody looks: `read` is double() from any thread, from start() to stop(), and must not block. For
  // what is counted already, or costs something to find out.
  template <class Read>
  void readCounter(std::string_view name, std::string_view help, Read read, std::string_view unit = {}) {
    defineRead({KAVRO_METRIC_COUNTER, name, help, unit}, [read](size_t) { return static_cast<double>(read()); });
  }
  template <class Read>
  void readGauge(std::string_view name, std::string_view help, Read read, std::string_view unit = {}) {
    defineRead({KAVRO_METRIC_GAUGE, name, help, unit}, [read](size_t) { return static_cast<double>(read()); });
  }
  // double(size_t value), the value's index.
  template <class Read>
  void readCounter(std::string_view name, std::string_view help, const MetricLabel& label, Read read,
                   std::string_view unit = {}) {
    defineRead({KAVRO_METRIC_COUNTER, name, help, unit, &label}, std::move(read));
  }
  template <class Read>
  void readGauge(std::string_view name, std::string_view help, const MetricLabel& label, Read read,
                 std::string_view unit = {}) {
    defineRead({KAVRO_METRIC_GAUGE, name, help, unit, &label}, std::move(read));
  }

  // Calls visit(const kavro_metric_sample&) for every series of the server, on this thread; what it throws comes out
  // here. Never from a reactor. False: the server has no metrics.
  template <class Visit>
  bool collect(Visit visit) const {
    if (!table_) return false;
    struct Call {
      Visit& visit;
      std::exception_ptr failure;
    } call{visit, nullptr};
    table_->collect(
        host_,
        [](void* user, const kavro_metric_sample* sample) {
          Call& self = *static_cast<Call*>(user);
          if (self.failure) return;
          try {
            self.visit(*sample);
          } catch (...) {
            self.failure = std::current_exception();
          }
        },
        &call);
    if (call.failure) std::rethrow_exception(call.failure);
    return true;
  }

 private:
  using Read = std::function<double(size_t)>;
  struct Definition {
    int32_t type;
    std::string_view name, help, unit;
    const MetricLabel* label = nullptr;
    std::vector<double> bounds = {};
  };

  template <class Handle>
  MetricFamily<Handle> define(const Definition& wanted) {
    std::vector<Handle> handles;
    for (kavro_metric* series : define(wanted, nullptr)) handles.emplace_back(table_, series);
    return MetricFamily<Handle>(std::move(handles));
  }

  void defineRead(const Definition& wanted, Read read) {
    reads_.push_back(std::make_unique<Read>(std::move(read)));
    define(wanted, reads_.back().get());
  }

  std::vector<kavro_metric*> define(const Definition& wanted, Read* read) {
    std::vector<kavro_text> values;
    if (wanted.label) {
      for (const std::string& value : wanted.label->values) values.push_back(toAbi(value));
    }
    std::vector<kavro_metric*> series(wanted.label ? values.size() : 1, nullptr);
    if (!table_) return series;
    kavro_metric_definition definition{};
    definition.size = sizeof definition;
    definition.type = wanted.type;
    definition.name = toAbi(wanted.name);
    definition.help = toAbi(wanted.help);
    definition.unit = toAbi(wanted.unit);
    if (wanted.label) definition.label = toAbi(wanted.label->name);
    definition.values = values.data();
    definition.value_count = values.size();
    definition.bounds = wanted.bounds.data();
    definition.bound_count = wanted.bounds.size();
    if (read) {
      definition.read = [](void* user, size_t index) -> double {
        try {
          return (*static_cast<Read*>(user))(index);
        } catch (...) {
          return 0;
        }
      };
      definition.user = read;
    }
    check(table_->define(host_, &definition, series.data()), "the metric " + std::string(wanted.name) + " was refused");
    return series;
  }

  const kavro_host* host_;
  const kavro_metrics_v1* table_ = nullptr;
  std::vector<std::unique_ptr<Read>> reads_;
};

}  // namespace kavro
