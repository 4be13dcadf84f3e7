#include <kavro/metrics.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace kavro::testing {
namespace {

// A kernel that writes down what is asked of it. A series is the number of its turn, as a pointer.
class FakeMetrics {
 public:
  explicit FakeMetrics(bool hasMetrics = true) {
    abi_.size = sizeof abi_;
    abi_.kernel = this;
    abi_.find_interface = hasMetrics ? [](const kavro_host* host, const char* id) -> const void* {
      return std::string_view(id) == KAVRO_METRICS ? &static_cast<FakeMetrics*>(host->kernel)->table_ : nullptr;
    }
    : [](const kavro_host*, const char*) -> const void* { return nullptr; };
    table_.size = sizeof table_;
    table_.define = define;
    table_.add = [](kavro_metric* series, double amount) { note("add", series, amount); };
    table_.set = [](kavro_metric* series, double amount) { note("set", series, amount); };
    table_.observe = [](kavro_metric* series, double amount) { note("observe", series, amount); };
    table_.collect = [](const kavro_host*, void (*visit)(void*, const kavro_metric_sample*), void* user) {
      kavro_metric_sample sample{};
      sample.size = sizeof sample;
      for (sample.value = 1; sample.value < 4; ++sample.value) visit(user, &sample);
      return kavro_status{KAVRO_OK};
    };
  }

  const kavro_host* host() const { return &abi_; }

  struct Seen {
    std::string text;
    double (*read)(void*, size_t);
    void* user;
  };
  std::vector<Seen> definitions;
  kavro_status answer = KAVRO_OK;
  static std::vector<std::string> calls;

 private:
  static kavro_status define(const kavro_host* host, const kavro_metric_definition* definition, kavro_metric** series) {
    FakeMetrics& self = *static_cast<FakeMetrics*>(host->kernel);
    std::string text = std::to_string(definition->type) + " " + std::string(fromAbi(definition->name)) + " '" +
                       std::string(fromAbi(definition->help)) + "' " + std::string(fromAbi(definition->unit)) + " " +
                       std::string(fromAbi(definition->label));
    for (size_t i = 0; i < definition->value_count; ++i) text += "|" + std::string(fromAbi(definition->values[i]));
    for (size_t i = 0; i < definition->bound_count; ++i) text += " " + std::to_string(int(definition->bounds[i]));
    const size_t count = definition->label.size ? definition->value_count : 1;
    for (size_t i = 0; i < count; ++i) {
      series[i] = reinterpret_cast<kavro_metric*>(self.definitions.size() * 10 + i + 1);
    }
    self.definitions.push_back({text, definition->read, definition->user});
    return self.answer;
  }
  static void note(const char* what, kavro_metric* series, double amount) {
    calls.push_back(std::string(what) + " " + std::to_string(reinterpret_cast<size_t>(series)) + " " +
                    std::to_string(int(amount)));
  }

  kavro_host abi_{};
  kavro_metrics_v1 table_{};
};
std::vector<std::string> FakeMetrics::calls;

TEST(Metrics, DefineAndTell) {
  FakeMetrics kernel;
  Metrics metrics(kernel.host());
  FakeMetrics::calls.clear();
  const Counter lines = metrics.counter("lines", "Lines");
  const Counters decisions = metrics.counter("decisions", "Hits", {"decision", {"allowed", "refused"}});
  const Gauge size = metrics.gauge("table", "Size", "bytes");
  const Histogram waits = metrics.histogram("wait", "Waits", {1, 2}, "seconds");
  lines.add();
  decisions[1].add(5);
  size.set(7);
  size.add(-1);
  waits.observe(3);
  ASSERT_EQ(4u, kernel.definitions.size());
  EXPECT_EQ("1 lines 'Lines'  ", kernel.definitions[0].text);
  EXPECT_EQ("1 decisions 'Hits'  decision|allowed|refused", kernel.definitions[1].text);
  EXPECT_EQ("2 table 'Size' bytes ", kernel.definitions[2].text);
  EXPECT_EQ("3 wait 'Waits' seconds  1 2", kernel.definitions[3].text);
  EXPECT_EQ((std::vector<std::string>{"add 1 1", "add 12 5", "set 21 7", "add 21 -1", "observe 31 3"}),
            FakeMetrics::calls);
}

TEST(Metrics, AreReadByFunctionsThatMayThrow) {
  FakeMetrics kernel;
  Metrics metrics(kernel.host());
  metrics.readGauge("queue", "Waiting", [] { return 4; });
  metrics.readCounter("hits", "Hits", {"kind", {"a", "b"}}, [](size_t i) -> double {
    if (i == 1) throw std::runtime_error("no");
    return 6;
  });
  ASSERT_EQ(2u, kernel.definitions.size());
  EXPECT_EQ(4, kernel.definitions[0].read(kernel.definitions[0].user, 0));
  EXPECT_EQ(6, kernel.definitions[1].read(kernel.definitions[1].user, 0));
  EXPECT_EQ(0, kernel.definitions[1].read(kernel.definitions[1].user, 1));
}

TEST(Metrics, DoNothingOnAServerThatHasNone) {
  FakeMetrics kernel(false);
  Metrics metrics(kernel.host());
  metrics.counter("lines", "Lines").add();
  metrics.counter("decisions", "Hits", {"decision", {"allowed", "refused"}})[1].add();
  metrics.readGauge("queue", "Waiting", [] { return 4; });
  EXPECT_FALSE(metrics.collect([](const kavro_metric_sample&) { FAIL(); }));
  Counter().add();
}

TEST(Metrics, ThrowWhatTheKernelRefuses) {
  FakeMetrics kernel;
  kernel.answer = KAVRO_INVALID;
  Metrics metrics(kernel.host());
  EXPECT_THROW(metrics.counter("Lines", "Lines"), Error);
}

TEST(Metrics, AreCollectedUntilTheVisitorThrows) {
  FakeMetrics kernel;
  Metrics metrics(kernel.host());
  double sum = 0;
  EXPECT_TRUE(metrics.collect([&](const kavro_metric_sample& sample) { sum += sample.value; }));
  EXPECT_EQ(6, sum);
  int visits = 0;
  EXPECT_THROW(metrics.collect([&](const kavro_metric_sample&) {
    ++visits;
    throw std::runtime_error("no");
  }),
               std::runtime_error);
  EXPECT_EQ(1, visits);
}

}  // namespace
}  // namespace kavro::testing
