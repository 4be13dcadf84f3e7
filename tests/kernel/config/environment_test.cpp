#include "kernel/config/environment.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace kavro::config {
namespace {

const Schema kHttp({{.key = "idle_timeout", .type = SettingType::kDuration}, {.key = "listen"}});
const Schema kLimiter({{.key = "memory_max"}, {.key = "size"}});
const Schema kLimiterMemory({{.key = "size"}, {.key = "rule.*"}, {.key = "key", .type = SettingType::kSecret}});

Environment with(std::map<std::string, std::string> variables) {
  Environment environment;
  environment.variables = std::move(variables);
  return environment;
}

std::vector<KnownSection> known() {
  return {{"http", &kHttp, {}}, {"limiter", &kLimiter, {}}, {"limiter-memory", &kLimiterMemory, {"rule.Send-It"}}};
}

TEST(Environment, IsTakenFromTheProcess) {
  ::setenv("KAVRO_TEST_OF_ENVIRONMENT", "a=b", 1);
  ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/kavro", 1);
  Environment environment = Environment::ofProcess();
  EXPECT_EQ(environment.variables.at("KAVRO_TEST_OF_ENVIRONMENT"), "a=b");
  EXPECT_FALSE(environment.variables.contains("PATH"));
  EXPECT_EQ(environment.credentials_folder, "/run/credentials/kavro");
  ::unsetenv("KAVRO_TEST_OF_ENVIRONMENT");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(Environment::ofProcess().credentials_folder, std::nullopt);
}

TEST(Environment, NamesVariables) {
  EXPECT_EQ(variableName("limiter-memory", "rule.send-it"), "KAVRO_LIMITER_MEMORY_RULE_SEND_IT");
}

TEST(Environment, AssignsVariablesToSections) {
  Problems problems;
  auto assigned = assignVariables(with({{"KAVRO_HTTP_IDLE_TIMEOUT", "5s"},
                                        {"KAVRO_LIMITER_MEMORY_MAX", "of limiter"},
                                        {"KAVRO_LIMITER_MEMORY_SIZE", "of limiter-memory"},
                                        {"KAVRO_LIMITER_MEMORY_KEY_FILE", "/x"},
                                        {"KAVRO_LIMITER_MEMORY_RULE_SEND_IT", "as in the file"},
                                        {"KAVRO_LIMITER_MEMORY_RULE_X_Y", "new"},
                                        {"KAVRO_OTHER", "not ours"},
                                        {"KAVRO_HTTP", "not ours"}}),
                                  known(), problems);
  EXPECT_TRUE(problems.empty()) << problems[0].text();
  ASSERT_EQ(assigned["http"].size(), 1u);
  EXPECT_EQ(assigned["http"][0].key, "idle_timeout");
  EXPECT_EQ(assigned["http"][0].value, "5s");
  EXPECT_EQ(assigned["http"][0].origin, "environment KAVRO_HTTP_IDLE_TIMEOUT");
  ASSERT_EQ(assigned["limiter"].size(), 1u);
  EXPECT_EQ(assigned["limiter"][0].key, "memory_max");
  std::vector<std::string> keys;
  for (const Assignment& assignment : assigned["limiter-memory"]) keys.push_back(assignment.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"key_file", "rule.Send-It", "rule.x-y", "size"}));
}

TEST(Environment, ReportsWhatFitsNoSetting) {
  Problems problems;
  assignVariables(with({{"KAVRO_HTTP_IDLE_TIMOUT", "hunter2"}, {"KAVRO_LIMITER_MEMORY_ZZZZZZ", "hunter2"}}), known(),
                  problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].text(),
            "environment KAVRO_HTTP_IDLE_TIMOUT: [http] has no such setting; did you mean KAVRO_HTTP_IDLE_TIMEOUT?");
  EXPECT_EQ(problems[1].text(), "environment KAVRO_LIMITER_MEMORY_ZZZZZZ: [limiter-memory] has no such setting");
}

TEST(Environment, LeavesASectionAloneOfWhichNothingIsKnown) {
  Problems problems;
  auto assigned = assignVariables(with({{"KAVRO_GONE_X", "1"}}), {{"gone", nullptr, {}}}, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_TRUE(assigned.empty());
}

}  // namespace
}  // namespace kavro::config
