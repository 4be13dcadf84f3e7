#include "kernel/host/metrics.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include <kavro/text.hpp>

#include "kernel/host/process_metrics.hpp"

namespace kavro::host {
namespace {

// All samples as text, one each: `name{label="value"} 7` and, of histograms, `name{} 1:2 inf:3 count=3 sum=9`.
std::vector<std::string> collected(const Metrics& metrics) {
  std::vector<std::string> lines;
  metrics.collect(
      [](void* user, const kavro_metric_sample* sample) {
        std::string line(fromAbi(sample->name));
        line += '{';
        for (size_t i = 0; i < sample->label_count; ++i) {
          if (i > 0) line += ',';
          line.append(fromAbi(sample->labels[i].name)).append("=").append(fromAbi(sample->labels[i].value));
        }
        line += '}';
        const auto number = [](double value) {
          std::string text = std::to_string(value);
          text.erase(text.find_last_not_of('0') + 1);
          if (text.ends_with('.')) text.pop_back();
          return text;
        };
        if (sample->type == KAVRO_METRIC_HISTOGRAM) {
          for (size_t i = 0; i < sample->bucket_count; ++i) {
            line += " " + number(sample->buckets[i].upper_bound) + ":" + std::to_string(sample->buckets[i].count);
          }
          line += " count=" + std::to_string(sample->count) + " sum=" + number(sample->sum);
        } else {
          line += " " + number(sample->value);
        }
        static_cast<std::vector<std::string>*>(user)->push_back(line);
      },
      &lines);
  return lines;
}

using Lines = std::vector<std::string>;

// A definition that owns what it borrows.
struct Wanted {
  int32_t type = KAVRO_METRIC_COUNTER;
  std::string name = "hits";
  std::string help = "What it counts";
  std::string unit{};
  std::string label{};
  std::vector<std::string> values{};
  std::vector<double> bounds{};
  std::vector<std::pair<std::string, std::string>> constants{};
  double (*read)(void*, size_t) = nullptr;
  void* user = nullptr;
};

struct Defined {
  kavro_status status;
  std::vector<kavro_metric*> series;
  std::string why;

  Series& operator[](size_t i) const { return *Series::of(series[i]); }
};

Defined define(MetricOwner& owner, const Wanted& wanted) {
  std::vector<kavro_text> values;
  for (const std::string& value : wanted.values) values.push_back(toAbi(value));
  std::vector<kavro_field> constants;
  for (const auto& [name, value] : wanted.constants) constants.push_back({toAbi(name), toAbi(value)});
  kavro_metric_definition definition{};
  definition.size = sizeof definition;
  definition.type = wanted.type;
  definition.name = toAbi(wanted.name);
  definition.help = toAbi(wanted.help);
  definition.unit = toAbi(wanted.unit);
  definition.label = toAbi(wanted.label);
  definition.values = values.data();
  definition.value_count = values.size();
  definition.bounds = wanted.bounds.data();
  definition.bound_count = wanted.bounds.size();
  definition.constants = constants.data();
  definition.constant_count = constants.size();
  definition.read = wanted.read;
  definition.user = wanted.user;
  Defined made{KAVRO_ERROR, std::vector<kavro_metric*>(std::max<size_t>(1, values.size())), {}};
  made.status = owner.define(definition, made.series.data(), made.why);
  return made;
}

TEST(Metrics, NamesAFamilyAfterItsPlugin) {
  Metrics metrics;
  MetricOwner owner(metrics, "limiter-memory");
  define(owner, {.name = "decisions", .label = "decision", .values = {"allowed", "refused"}})[1].add(3);
  define(owner, {.type = KAVRO_METRIC_GAUGE, .name = "table", .unit = "bytes"})[0].set(40);
  define(owner, {.name = "waits", .unit = "seconds", .constants = {{"z", "1"}, {"a", "2"}}})[0].add(0.5);
  EXPECT_EQ((Lines{"kavro_limiter_memory_decisions_total{decision=allowed} 0",
                   "kavro_limiter_memory_decisions_total{decision=refused} 3", "kavro_limiter_memory_table_bytes{} 40",
                   "kavro_limiter_memory_waits_seconds_total{a=2,z=1} 0.5"}),
            collected(metrics));
}

TEST(Metrics, CountsWhatAHistogramSees) {
  Metrics metrics;
  MetricOwner owner(metrics, "audit");
  const Defined sizes = define(owner, {.type = KAVRO_METRIC_HISTOGRAM, .name = "sizes", .bounds = {1, 2.5, 10}});
  for (const double value : {0.0, 1.0, 1.1, 2.5, 11.0, -4.0}) sizes[0].observe(value);
  EXPECT_EQ((Lines{"kavro_audit_sizes{} 1:3 2.5:5 10:5 inf:6 count=6 sum=11.6"}), collected(metrics));
}

TEST(Metrics, IgnoresWhatDoesNotFit) {
  Metrics metrics;
  MetricOwner owner(metrics, "x");
  const Defined counter = define(owner, {.name = "c"}),
                gauge = define(owner, {.type = KAVRO_METRIC_GAUGE, .name = "g"}),
                histogram = define(owner, {.type = KAVRO_METRIC_HISTOGRAM, .name = "h", .bounds = {1}});
  counter[0].add(2);
  counter[0].add(-1);
  counter[0].add(std::nan(""));
  counter[0].add(std::numeric_limits<double>::infinity());
  counter[0].set(9);
  counter[0].observe(9);
  gauge[0].set(5);
  gauge[0].add(-7);
  gauge[0].observe(1);
  gauge[0].set(std::nan(""));
  histogram[0].add(1);
  histogram[0].set(1);
  histogram[0].observe(std::nan(""));
  EXPECT_EQ((Lines{"kavro_x_c_total{} 2", "kavro_x_g{} -2", "kavro_x_h{} 1:0 inf:0 count=0 sum=0"}),
            collected(metrics));
}

// A plugin that is restarted: the old instance is still there while the new one is made.
TEST(Metrics, GoOnWhenAPluginIsStartedAnew) {
  Metrics metrics;
  const Wanted wanted{.name = "hits", .label = "rule", .values = {"login", "send"}};
  {
    auto old = std::make_unique<MetricOwner>(metrics, "ratelimit");
    const Defined before = define(*old, wanted);
    before[0].add(3);
    before[1].add(1);
    MetricOwner fresh(metrics, "ratelimit");
    const Defined after = define(fresh, {.name = "hits", .label = "rule", .values = {"upload", "login"}});
    after[1].add(2);
    before[0].add(1);  // a request that the old one still serves
    EXPECT_EQ((Lines{"kavro_ratelimit_hits_total{rule=login} 6", "kavro_ratelimit_hits_total{rule=send} 1",
                     "kavro_ratelimit_hits_total{rule=upload} 0"}),
              collected(metrics));
    old.reset();
    EXPECT_EQ((Lines{"kavro_ratelimit_hits_total{rule=login} 6", "kavro_ratelimit_hits_total{rule=upload} 0"}),
              collected(metrics));
  }
  EXPECT_EQ(Lines{}, collected(metrics));  // switched off: not shown
  MetricOwner again(metrics, "ratelimit");
  define(again, wanted);
  EXPECT_EQ((Lines{"kavro_ratelimit_hits_total{rule=login} 6", "kavro_ratelimit_hits_total{rule=send} 1"}),
            collected(metrics));
}

TEST(Metrics, BeginAnewWhenANewLibraryDefinesSomethingElse) {
  Metrics metrics;
  auto old = std::make_unique<MetricOwner>(metrics, "x");
  const Defined before = define(*old, {.type = KAVRO_METRIC_HISTOGRAM, .name = "h", .bounds = {1}});
  before[0].observe(1);
  MetricOwner fresh(metrics, "x");
  const Defined after = define(fresh, {.type = KAVRO_METRIC_HISTOGRAM, .name = "h", .bounds = {2}});
  before[0].observe(1);  // its memory is still there
  EXPECT_EQ(1u, collected(metrics).size());
  old.reset();
  EXPECT_EQ((Lines{"kavro_x_h{} 2:0 inf:0 count=0 sum=0"}), collected(metrics));
}

TEST(Metrics, AskFunctionsOnlyWhileTheyMayBeAsked) {
  Metrics metrics;
  double values[2] = {5, 7};
  const auto read = [](void* user, size_t index) { return static_cast<double*>(user)[index]; };
  const Wanted counter{.name = "c", .label = "l", .values = {"a", "b"}, .read = read, .user = values};
  const Wanted gauge{.type = KAVRO_METRIC_GAUGE, .name = "g", .read = read, .user = values};
  MetricOwner owner(metrics, "x");
  define(owner, counter);
  define(owner, gauge);
  EXPECT_EQ((Lines{"kavro_x_c_total{l=a} 0", "kavro_x_c_total{l=b} 0", "kavro_x_g{} 0"}), collected(metrics));
  owner.beginReading();
  EXPECT_EQ((Lines{"kavro_x_c_total{l=a} 5", "kavro_x_c_total{l=b} 7", "kavro_x_g{} 5"}), collected(metrics));

  // The successor counts from 0; the series goes on.
  double others[2] = {1, 0};
  MetricOwner successor(metrics, "x");
  Wanted next = counter, next_gauge = gauge;
  next.user = next_gauge.user = others;
  define(successor, next);
  define(successor, next_gauge);
  successor.beginReading();
  EXPECT_EQ((Lines{"kavro_x_c_total{l=a} 6", "kavro_x_c_total{l=b} 7", "kavro_x_g{} 1"}), collected(metrics));
  values[0] = 6;
  owner.endReading();
  values[0] = 1000;  // gone: not asked any more
  owner.endReading();
  EXPECT_EQ((Lines{"kavro_x_c_total{l=a} 7", "kavro_x_c_total{l=b} 7", "kavro_x_g{} 1"}), collected(metrics));
}

TEST(Metrics, RefuseADefinitionAndSayWhy) {
  Metrics metrics;
  MetricOwner owner(metrics, "x");
  const auto why = [&](const Wanted& wanted) {
    const Defined made = define(owner, wanted);
    EXPECT_EQ(KAVRO_INVALID, made.status);
    return made.why;
  };
  EXPECT_NE(std::string::npos, why({.name = "Hits"}).find("its name is not valid"));
  EXPECT_NE(std::string::npos, why({.name = ""}).find("its name is not valid"));
  EXPECT_NE(std::string::npos, why({.name = std::string(65, 'a')}).find("64 at most"));
  EXPECT_EQ("its type is none: 4", why({.type = 4}));
  EXPECT_EQ("its help is not a line of 1 to 256 bytes", why({.help = "two\nlines"}));
  EXPECT_EQ("its help is not a line of 1 to 256 bytes", why({.help = ""}));
  EXPECT_EQ("its unit is not valid", why({.unit = "m s"}));
  EXPECT_EQ("only a histogram has bounds", why({.bounds = {1}}));
  EXPECT_EQ("a histogram has 1 to 64 bounds; it has 0", why({.type = KAVRO_METRIC_HISTOGRAM}));
  EXPECT_EQ("its bounds do not ascend", why({.type = KAVRO_METRIC_HISTOGRAM, .bounds = {1, 1}}));
  EXPECT_EQ("a bound is no finite number", why({.type = KAVRO_METRIC_HISTOGRAM, .bounds = {1, std::nan("")}}));
  EXPECT_EQ("it has values for a label without a name", why({.values = {"a"}}));
  EXPECT_EQ("the label \"le\" is taken by histograms", why({.label = "le", .values = {"a"}}));
  EXPECT_EQ("its label has the value \"a\" twice", why({.label = "l", .values = {"a", "a"}}));
  EXPECT_EQ("the label \"l\" is there twice", why({.label = "l", .values = {"a"}, .constants = {{"l", "x"}}}));
  EXPECT_EQ("its label has more than 1,024 values", why({.label = "l", .values = std::vector<std::string>(1025)}));
  EXPECT_EQ("a value of its label is longer than 256 bytes or no line",
            why({.label = "l", .values = {std::string(257, 'x')}}));
  const auto read = [](void*, size_t) { return 0.0; };
  EXPECT_EQ("a histogram cannot be read by a function",
            why({.type = KAVRO_METRIC_HISTOGRAM, .bounds = {1}, .read = read}));
  EXPECT_EQ(Lines{}, collected(metrics));

  EXPECT_EQ(KAVRO_OK, define(owner, {}).status);
  const Defined twice = define(owner, {});
  EXPECT_EQ(KAVRO_CONFLICT, twice.status);
  EXPECT_EQ("it is defined already", twice.why);
}

TEST(Metrics, TakeSamplesOfSourcesAndNoneTwice) {
  Metrics metrics;
  metrics.addSource([](SampleSink& sink) {
    sink.gauge("kavro_http_connections", "Open", {{"listener", "b"}}, 2);
    sink.counter("kavro_http_requests_total", "Answered", {{"status", "200"}, {"method", "GET"}}, 7);
    sink.gauge("kavro_http_connections", "Open", {{"listener", "a"}}, 1);
    sink.gauge("kavro_http_connections", "Open", {{"listener", "b"}}, 99);    // there already
    sink.counter("kavro_http_connections", "Open", {{"listener", "c"}}, 99);  // of another type
    sink.histogram("kavro_lag_seconds", "Late", {}, {{0.5}, {3, 1}, 2});
    sink.histogram("kavro_lag_short", "Counts are missing", {}, {{0.5}, {3}, 2});
  });
  MetricOwner owner(metrics, "http");
  define(owner, {.type = KAVRO_METRIC_GAUGE, .name = "connections"});  // an unlucky name: no harm
  EXPECT_EQ((Lines{"kavro_http_connections{} 0", "kavro_http_connections{listener=a} 1",
                   "kavro_http_connections{listener=b} 2", "kavro_http_requests_total{method=GET,status=200} 7",
                   "kavro_lag_seconds{} 0.5:3 inf:4 count=4 sum=2", "kavro_lag_short{} 0.5:3 inf:3 count=3 sum=2"}),
            collected(metrics));
}

TEST(Metrics, CountExactlyWithManyThreadsWhileOthersLook) {
  Metrics metrics;
  MetricOwner owner(metrics, "x");
  const Defined counter = define(owner, {.name = "c"}),
                histogram = define(owner, {.type = KAVRO_METRIC_HISTOGRAM, .name = "h", .bounds = {1, 2}});
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) collected(metrics);
  });
  std::thread composer([&] {
    for (int i = 0; i < 200; ++i) define(*std::make_unique<MetricOwner>(metrics, "y"), {.name = "c"});
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50000; ++i) {
        counter[0].add(1);
        histogram[0].observe(i % 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  composer.join();
  done = true;
  reader.join();
  EXPECT_EQ((Lines{"kavro_x_c_total{} 200000", "kavro_x_h{} 1:133336 2:200000 inf:200000 count=200000 sum=199996"}),
            collected(metrics));
}

TEST(Metrics, SayWhatTheSystemKnowsOfTheProcess) {
  Metrics metrics;
  metrics.addSource(sampleProcess);
  std::map<std::string, double> values;
  for (const std::string& line : collected(metrics)) {
    values[line.substr(0, line.find('{'))] = std::stod(line.substr(line.find(' ')));
  }
  EXPECT_EQ(6u, values.size());
  EXPECT_GT(values["process_resident_memory_bytes"], 100'000);
  EXPECT_GT(values["process_virtual_memory_bytes"], values["process_resident_memory_bytes"]);
  EXPECT_GE(values["process_open_fds"], 3);
  EXPECT_GT(values["process_max_fds"], values["process_open_fds"]);
  EXPECT_GE(values["process_cpu_seconds_total"], 0);
  EXPECT_NEAR(values["process_start_time_seconds"], static_cast<double>(time(nullptr)), 600);
}

}  // namespace
}  // namespace kavro::host
