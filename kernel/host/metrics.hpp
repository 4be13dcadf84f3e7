// The numbers of the whole server: what plugins count through "kavro.metrics/1" (sdk/include/kavro/abi/metrics.h), and
// what the kernel's parts say when somebody looks (sources).
//
// Series live as long as the process, found again by plugin, name and labels: a counter goes on when its plugin is
// started anew. What no MetricOwner defines at the moment is not shown. A family that comes back with another type,
// other labels or other buckets begins anew.
//
// Threads: defining and ending from one thread, while any others collect. A collection holds a lock while it asks the
// sources and the read functions, so these must not call this object, and their owner must not end while it holds a
// lock that they take. What was found is told without the lock.
// Ownership: what a source refers to must live until the last collection. Errors: values.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/metrics.h>

#include "kernel/host/series.hpp"

namespace kavro::host {

// Names and values, sorted by name.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Where a source puts what it has to say. Names are whole: "kavro_http_connections". Samples of one family may come in
// any order and from several sources; one whose labels were there already, or whose type is another, is left out.
// Labels and their number must be bounded by the configuration, never by what clients send.
class SampleSink {
 public:
  struct Label {
    std::string_view name;
    std::string_view value;
  };
  using Labels = std::vector<Label>;

  void counter(std::string_view family, std::string_view help, const Labels& labels, double value);
  void gauge(std::string_view family, std::string_view help, const Labels& labels, double value);
  void histogram(std::string_view family, std::string_view help, const Labels& labels, HistogramValue value);

 private:
  friend class Metrics;
  struct Sample {
    double value = 0;
    HistogramValue histogram;
  };
  struct Family {
    MetricType type;
    std::string help;
    std::map<MetricLabels, Sample> samples;
  };

  void put(std::string_view family, std::string_view help, MetricType type, MetricLabels labels, Sample sample);

  std::map<std::string, Family, std::less<>> families_;
};

class Metrics {
 public:
  using Source = std::function<void(SampleSink&)>;
  using Visit = void (*)(void* user, const kavro_metric_sample* sample);

  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // From now on asked at every collection.
  void addSource(Source source);

  // Calls visit for every series on this thread, families sorted by name.
  void collect(Visit visit, void* user) const;

 private:
  friend class MetricOwner;

  struct Kept {
    explicit Kept(MetricType type, const std::vector<double>& bounds) : series(type, bounds) {}
    Series series;
    double earlier = 0;  // what functions that are not called any more had counted; mutex_
  };
  struct Family {
    std::string name;
    std::string help;
    MetricType type;
    std::vector<double> bounds;
    std::map<MetricLabels, std::unique_ptr<Kept>> series;
  };
  // What one instance defined.
  struct Definition {
    Family* family;
    std::vector<std::pair<const MetricLabels*, Kept*>> series;
    double (*read)(void* user, std::size_t index);
    void* user;
  };
  struct Definitions {
    std::vector<Definition> list;
    bool reading = false;
  };

  void sample(SampleSink& sink) const;  // with mutex_ held

  mutable std::mutex mutex_;  // protects what follows
  std::vector<Source> sources_;
  std::map<std::string, std::unique_ptr<Family>, std::less<>> families_;
  std::vector<std::unique_ptr<Family>> replaced_;  // may still be counted in by an instance that is going
  std::list<Definitions> owners_;                  // the newest last
};

// What one plugin instance defines; shown until it ends. Threads: one.
class MetricOwner {
 public:
  // `plugin`: the instance's name. `metrics` outlives the owner.
  MetricOwner(Metrics& metrics, std::string_view plugin);
  ~MetricOwner();
  MetricOwner(const MetricOwner&) = delete;
  MetricOwner& operator=(const MetricOwner&) = delete;

  // As the ABI's define(). `why` says what is wrong where the answer is not KAVRO_OK.
  kavro_status define(const kavro_metric_definition& definition, kavro_metric** series, std::string& why);

  // Between the two the read functions are called. After endReading() has returned none is, and none runs.
  void beginReading();
  void endReading();

 private:
  Metrics::Family& familyFor(const std::string& name, const kavro_metric_definition& definition);

  Metrics& metrics_;
  const std::string prefix_;  // "kavro_limiter_memory_"
  std::list<Metrics::Definitions>::iterator own_;
};

}  // namespace kavro::host
