// What Prometheus gets, and who gets nothing.
#include <gtest/gtest.h>

#include "tests/plugins/metrics/text_format.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

Options small() {
  Options options;
  options.plugins = {"hello", "metrics"};
  options.transport = Transport::kPlain;
  return options;
}

MetricsText metricsOf(Client& client) {
  const Reply reply = client.get("/metrics");
  EXPECT_EQ(200, reply.status);
  EXPECT_EQ("text/plain; version=0.0.4; charset=utf-8", reply.header("Content-Type"));
  return readMetrics(reply.body);
}

TEST(MetricsScenario, ShowsTheWholeServerInValidText) {
  Options options = small();
  options.plugins = {"hello", "metrics", "audit", "ratelimit", "limiter-memory"};
  options.rate_limits = RateLimits::kDefaults;
  options.settings["ratelimit.defaults"] = "off";
  options.settings["ratelimit.rule.hello"] = "GET /hello/{name} 2 per 1h by address";
  const Server server(options);
  Client client(server);
  for (int i = 0; i < 3; ++i) client.get("/hello/Ann");
  const MetricsText text = metricsOf(client);
  EXPECT_EQ(std::vector<std::string>{}, text.problems);
  EXPECT_EQ(3, text.value(R"(kavro_limiter_memory_decisions_total{decision="allowed"})"));  // and the first denial
  EXPECT_EQ(1, text.value(R"(kavro_limiter_memory_decisions_total{decision="refused"})"));
  EXPECT_EQ(2, text.value("kavro_limiter_memory_keys"));
  EXPECT_GT(text.value("kavro_limiter_memory_table_bytes"), 0);
  EXPECT_EQ(1, text.value(R"(kavro_ratelimit_refused_total{rule="hello"})"));
  EXPECT_EQ(0, text.value("kavro_audit_lines_lost_total"));
  EXPECT_GT(text.value("process_resident_memory_bytes"), 1'000'000);
  EXPECT_EQ("counter", text.types.at("kavro_audit_lines_total"));
  EXPECT_EQ(2, text.value(R"(kavro_http_requests_total{method="GET",route="/hello/{name}",status="200"})"));
  EXPECT_EQ(1, text.value(R"(kavro_http_requests_total{method="GET",route="/hello/{name}",status="429"})"));
  EXPECT_EQ(3, text.value(R"(kavro_http_request_duration_seconds_count{method="GET",route="/hello/{name}"})"));
  EXPECT_EQ("histogram", text.types.at("kavro_reactor_lag_seconds"));
  EXPECT_EQ("histogram", text.types.at("kavro_database_group_size"));
}

TEST(MetricsScenario, CountsOn) {
  const Server server(small());
  Client client(server);
  const double before = metricsOf(client).value("process_cpu_seconds_total");
  EXPECT_GE(metricsOf(client).value("process_cpu_seconds_total"), before);
}

// A changed setting of the plugins that count: their numbers go on, and so do the windows of the limits.
TEST(MetricsScenario, CountsOnAcrossAReload) {
  Options options = small();
  options.plugins = {"hello", "metrics", "ratelimit", "limiter-memory"};
  options.rate_limits = RateLimits::kDefaults;
  options.settings["ratelimit.defaults"] = "off";
  options.settings["ratelimit.rule.hello"] = "GET /hello/{name} 2 per 1h by address";
  Server server(options);
  Client client(server);
  for (int i = 0; i < 4; ++i) client.get("/hello/Ann");
  server.installation().options().settings["limiter-memory.keys_max"] = "2000";
  server.installation().options().settings["ratelimit.rule.other"] = "GET /other 5 per 1h by address";
  server.installation().writeConfiguration();
  const ProgramResult reload = server.installation().run({"reload"});
  ASSERT_EQ(0, reload.status) << reload.errors;
  EXPECT_EQ(429, client.get("/hello/Ann").status);
  const MetricsText text = metricsOf(client);
  EXPECT_EQ(std::vector<std::string>{}, text.problems);
  EXPECT_EQ(1, text.value(R"(kavro_reloads_total{outcome="done"})"));
  EXPECT_EQ(3, text.value(R"(kavro_ratelimit_refused_total{rule="hello"})"));
  EXPECT_EQ(0, text.value(R"(kavro_ratelimit_refused_total{rule="other"})"));
  EXPECT_EQ(3, text.value(R"(kavro_limiter_memory_decisions_total{decision="allowed"})"));
  EXPECT_EQ(2, text.value("kavro_limiter_memory_keys"));
}

TEST(MetricsScenario, ShowsNothingToStrangers) {
  Options options = small();
  options.settings["metrics.allow"] = "192.0.2.0/24";
  const Server server(options);
  Client client(server);
  const Reply reply = client.get("/metrics");
  EXPECT_EQ(404, reply.status);
  const auto withoutId = [](const std::string& body) { return body.substr(0, body.find(",\"request_id\"")); };
  EXPECT_EQ(withoutId(client.get("/nothing").body), withoutId(reply.body));  // as any other path that is not there
}

TEST(MetricsScenario, TakesATokenFromAnywhere) {
  const std::string token = randomHex(16);
  Options options = small();
  options.settings["metrics.allow"] = "";
  options.settings["metrics.token"] = token;
  options.settings["metrics.path"] = "/observe";
  const Server server(options);
  Client client(server);
  for (const std::string& wrong : {std::string(), token + "x", token.substr(1), randomHex(16)}) {
    const Reply reply = client.get("/observe", {{"Authorization", "Bearer " + wrong}});
    EXPECT_EQ(401, reply.status);
    EXPECT_EQ("Bearer", reply.header("WWW-Authenticate"));
  }
  EXPECT_EQ(401, client.get("/observe").status);
  const Reply reply = client.get("/observe", {{"Authorization", "bearer " + token}});
  EXPECT_EQ(200, reply.status);
  EXPECT_EQ(std::vector<std::string>{}, readMetrics(reply.body).problems);
  EXPECT_EQ(404, client.get("/metrics").status);
}

TEST(MetricsScenario, RefusesWrongSettings) {
  const auto refusal = [](const std::string& key, const std::string& value) {
    Options options = small();
    options.settings[key] = value;
    const ProgramResult result = Installation(options).run({"run"});
    EXPECT_EQ(78, result.status);
    return result.errors;
  };
  EXPECT_NE(std::string::npos, refusal("metrics.allow", "localhost").find("expected an address or a prefix"));
  EXPECT_NE(std::string::npos, refusal("metrics.path", "/m/{x}").find("expected a path without parameters"));
  EXPECT_NE(std::string::npos, refusal("metrics.token", "short").find("expected at least 16"));
}

}  // namespace
}  // namespace kavro::testing
