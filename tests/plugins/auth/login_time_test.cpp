// Does the time of a refused login tell whether there is such an account? Names of each kind are tried in an order
// drawn at random, over one connection.
//
// By default with hashes that cost little, few tries, and the lower quartile, which what else the machine does disturbs
// least: more tries are made until the kinds agree within a millisecond and what the times scatter, or have not after
// kRoundsMax. With the costs of the default configuration, and a table of what was measured:
//
//   KAVRO_LOGIN_TRIES=2000 auth_scenario_test --gtest_filter='LoginTime.*'
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>
#include <numeric>
#include <random>

#include "tests/plugins/auth/accounts.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

constexpr int kNames = 10;  // of a kind: no name is tried often enough to be locked
constexpr int kTries = 100;
constexpr int kRoundsMax = 6;
constexpr double kDifferenceMax_ms = 1;

// 0: not asked for.
int triesToMeasure() {
  const char* tries = std::getenv("KAVRO_LOGIN_TRIES");
  return tries ? std::atoi(tries) : 0;
}

Options timed() {
  Options options = small();
  if (triesToMeasure() > 0) {
    options.settings.erase("auth.hash_passes");
    options.settings.erase("auth.hash_memory");
  }
  options.settings["auth.lockout_failures"] = "1000";
  return options;
}

class LoginTimes {
 public:
  LoginTimes(const Server& server, std::vector<std::string> kinds, int status)
      : client_(server), kinds_(std::move(kinds)), status_(status) {}

  // So many of each kind.
  void tryAll(int tries) {
    std::vector<std::pair<std::string, std::string>> order;
    for (const std::string& kind : kinds_) {
      for (int i = 0; i < tries; ++i) order.emplace_back(kind, kind + "-" + std::to_string(i % kNames));
    }
    std::shuffle(order.begin(), order.end(), random_);
    for (const auto& [kind, name] : order) {
      const auto begin = std::chrono::steady_clock::now();
      const Reply reply = logIn(client_, name, kWrong);
      times_ms_[kind].push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
      ASSERT_EQ(status_, reply.status) << name << " " << reply.body;
    }
  }

  double quartile(const std::string& kind) {
    auto& times = times_ms_[kind];
    std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 4), times.end());
    return times[times.size() / 4];
  }
  double mean(const std::string& kind) const {
    const auto& times = times_ms_.at(kind);
    return std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  }
  // Of the mean, at 95 percent.
  double uncertainty(const std::string& kind) const {
    const auto& times = times_ms_.at(kind);
    const double middle = mean(kind);
    double sum = 0;
    for (const double time : times) sum += (time - middle) * (time - middle);
    return 1.96 * std::sqrt(sum) / static_cast<double>(times.size());
  }
  double largestDifference() {
    double low = 1e9, high = 0;
    for (const std::string& kind : kinds_) {
      low = std::min(low, quartile(kind));
      high = std::max(high, quartile(kind));
    }
    return high - low;
  }
  // What a busy machine may add: a kind that is treated otherwise differs by a whole hash.
  double noise() const {
    double most = 0;
    for (const std::string& kind : kinds_) most = std::max(most, uncertainty(kind));
    return 2 * most;
  }
  void show() {
    std::cout << std::fixed << std::setprecision(3);
    for (const std::string& kind : kinds_) {
      std::cout << std::setw(10) << kind << ": " << times_ms_[kind].size() << " tries, mean " << mean(kind) << " ms +- "
                << uncertainty(kind) << ", lower quartile " << quartile(kind) << " ms\n";
    }
  }

  // Ends with a failure when the kinds differ.
  void judge(int tries) {
    if (tries > 0) {
      tryAll(tries);
      show();
      EXPECT_LT(largestDifference(), kDifferenceMax_ms);
      return;
    }
    for (int round = 0; round < kRoundsMax; ++round) {
      tryAll(kTries);
      if (::testing::Test::HasFailure() || largestDifference() < kDifferenceMax_ms + noise()) return;
    }
    show();
    ADD_FAILURE() << "the lower quartiles differ by " << largestDifference() << " ms";
  }

 private:
  Client client_;
  std::vector<std::string> kinds_;
  int status_;
  std::mt19937 random_{std::random_device{}()};
  std::map<std::string, std::vector<double>> times_ms_;
};

void registerNames(Server& server, const std::string& kind) {
  Client client(server);
  for (int i = 0; i < kNames; ++i) client.registerUser(kind + "-" + std::to_string(i));
}

TEST(LoginTime, TellsNotWhoHasAnAccount) {
  Server server(timed());
  registerNames(server, "known");
  LoginTimes(server, {"known", "unknown"}, 401).judge(triesToMeasure());
}

// bcrypt of "Imported-1", at the cost that imported_hash_cost says.
TEST(LoginTime, TellsNotWhoseAccountWasImported) {
  Options options = timed();
  options.settings["auth.imported_hash_cost"] = "4";
  Server server(options);
  registerNames(server, "known");
  server.stop();
  for (int i = 0; i < kNames; ++i) {
    StoredData(server.installation())
        .execute("INSERT INTO users (username, password_hash, created_us) VALUES ('imported-" + std::to_string(i) +
                 "', '$2b$04$abcdefghijklmnopqrstuu3Ueg3/JTqjz5Guha2TxzClUWi0nUZVS', 0)");
  }
  server.restart();
  LoginTimes(server, {"known", "unknown", "imported"}, 401).judge(triesToMeasure());
}

TEST(LoginTime, OfALockedNameTellsNothingEither) {
  Options options = timed();
  options.settings["auth.lockout_failures"] = "1";
  Server server(options);
  registerNames(server, "known");
  LoginTimes(server, {"known", "unknown"}, 401).tryAll(kNames);  // each name once: it is locked now
  LoginTimes(server, {"known", "unknown"}, 429).judge(triesToMeasure());
}

}  // namespace
}  // namespace kavro::testing
