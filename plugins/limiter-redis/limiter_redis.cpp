// The plugin: its parts, made from its settings. See README.md.
#include <poll.h>

#include <kavro/plugin.hpp>

#include "address.hpp"
#include "fallback.hpp"
#include "limiter_service.hpp"
#include "outage_log.hpp"
#include "redis_client.hpp"

namespace kavro::limiter_redis {
namespace {

// How often counters of this server alone whose window is over are let go.
constexpr std::chrono::seconds kSweepInterval{10};

OnFailure readPolicy(const Settings& settings) {
  const std::string name = settings.string("on_failure");
  return name == "local" ? OnFailure::kLocal : name == "allow" ? OnFailure::kAllow : OnFailure::kDeny;
}

Connection::Options readConnection(const Settings& settings) {
  Connection::Options options{parseAddress(settings.string("url")), settings.findString("user").value_or(""),
                              settings.findString("password").value_or(""), settings.string("key_prefix")};
  if (!options.user.empty() && options.password.empty()) {
    throw Error(Status::kInvalid,
                "[limiter-redis] user = " + options.user +
                    " has no password: set password_file, or leave user out for Redis's user default");
  }
  return options;
}

RedisClient::Options readOptions(const Settings& settings) {
  return {readConnection(settings), settings.duration("connect_timeout"), settings.duration("timeout"),
          static_cast<std::size_t>(settings.integer("queue_max"))};
}

std::string nameOf(const Connection::Options& options) { return "Redis at " + options.address.text(); }

// Connects once, as the client would.
ProbeItem tryConnection(const Connection::Options& options, std::chrono::milliseconds patience) {
  const Connection::OnReply ignore = [](void*, const redisReply&) {};
  Connection connection(options, ignore);
  const auto giveUp = std::chrono::steady_clock::now() + patience;
  while (connection.state() == Connection::State::kOpening) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(giveUp - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      connection.fail(noAnswer(patience));
      break;
    }
    pollfd entry{connection.descriptor(), connection.events(), 0};
    if (::poll(&entry, 1, static_cast<int>(left.count())) > 0) connection.handle(entry.revents);
  }
  if (connection.state() == Connection::State::kReady) return {nameOf(options), true, "answers and counts", "", false};
  return {nameOf(options), false, connection.failure().reason, connection.failure().remedy, false};
}

}  // namespace

class LimiterRedis : public Plugin {
 public:
  explicit LimiterRedis(Host& host) : LimiterRedis(host, readOptions(host.settings())) {}

  void start() override { client_.start(); }
  void stop() override { client_.stop(); }

  std::vector<ProbeItem> probe() override { return {tryConnection(connection_, connectTimeout_)}; }

  // With on_failure = deny nobody gets in while Redis is away; otherwise this server counts by itself, or not at all.
  std::vector<ProbeItem> health() override {
    const bool up = counts_.up;
    return {{nameOf(connection_), up, up ? "answers" : "away", "see the log for the reason",
             fallback_.policy() == OnFailure::kDeny}};
  }

 private:
  LimiterRedis(Host& host, RedisClient::Options options)
      : host_(host),
        connection_(options.connection),
        connectTimeout_(options.connectTimeout),
        fallback_(readPolicy(host.settings()), static_cast<std::size_t>(host.settings().integer("keys_max"))),
        log_(options.connection.address.text(), fallback_.policy(), counts_,
             [this](OutageLog::Level level, const std::string& line) { write(level, line); }),
        client_(std::move(options), fallback_, counts_, log_),
        service_(client_, fallback_, counts_) {
    host.provide(KAVRO_LIMITER, service_.table());
    defineMetrics(host.metrics());
    if (fallback_.counters()) host.every(kSweepInterval, [this] { sweep(*fallback_.counters()); });
  }

  void defineMetrics(Metrics& metrics) {
    metrics.readCounter(
        "decisions", "Hits, by what was decided", {"decision", {"allowed", "refused"}},
        [this](size_t i) { return static_cast<double>((i == 0 ? counts_.allowed : counts_.denied).load()); });
    const auto count = [&](std::string_view name, std::string_view help, const Counts::Number& number) {
      metrics.readCounter(name, help, [&number] { return number.load(); });
    };
    count("hits", "Hits that were asked for", counts_.hits);
    count("resets", "Resets that were asked for", counts_.resets);
    count("policy_decisions", "Hits that on_failure decided", counts_.policyDecisions);
    count("timeouts", "Hits that Redis did not answer in time", counts_.timeouts);
    count("queue_full", "Hits that found queue_max others waiting", counts_.queueFull);
    count("refused_commands", "Commands that Redis answered with an error", counts_.refused);
    count("connects", "Times that Redis came", counts_.connects);
    count("outages", "Times that Redis went away", counts_.outages);
    count("owed_resets_lost", "Resets of an outage that were too many to be made up for", counts_.owedResetsLost);
    metrics.readGauge("up", "1 while Redis is there", [this] { return counts_.up ? 1 : 0; });
    metrics.readGauge("waiting", "Hits and resets that Redis has not answered yet",
                      [this] { return counts_.waiting.load(); });
    if (fallback_.counters()) {
      metrics.readGauge("local_keys", "Keys that this server counts by itself",
                        [this] { return fallback_.counters()->size(); });
    }
  }

  void write(OutageLog::Level level, const std::string& line) const {
    if (level == OutageLog::Level::kWarning) return host_.log().warning(line);
    host_.log().information(line);
  }

  void sweep(LocalCounters& counters) {
    counters.sweep();
    const std::uint64_t sharedHits = counters.sharedHits();
    if (sharedHits == sharedHitsReported_) return;
    host_.log().warning(
        "the table of this server's own counters was full: " + std::to_string(sharedHits - sharedHitsReported_) +
        " hits of new keys were counted in shared counters, so that some may be limited early; "
        "raise [limiter-redis] keys_max, or see where so many keys come from");
    sharedHitsReported_ = sharedHits;
  }

  Host& host_;
  const Connection::Options connection_;
  const std::chrono::milliseconds connectTimeout_;
  Counts counts_;
  Fallback fallback_;
  OutageLog log_;
  RedisClient client_;
  LimiterService service_;
  std::uint64_t sharedHitsReported_ = 0;  // the timer's own
};

}  // namespace kavro::limiter_redis

KAVRO_PLUGIN(kavro::limiter_redis::LimiterRedis)
