#include "kernel/registry/plugin_section.hpp"

#include <gtest/gtest.h>

#include "kernel/config/settings_reader.hpp"
#include "tests/kernel/config/temporary_folder.hpp"

namespace kavro::registry {
namespace {

using std::chrono::milliseconds;

class PluginSectionTest : public ::testing::Test {
 protected:
  CompositionResult compose(const std::string& section) {
    source_.file =
        folder_.write("kavro.ini", "[http]\nlisten = http://127.0.0.1:0\n[plugins]\ncounter = on\n" + section);
    source_.plugin_path = KAVRO_TEST_MODULES;
    return registry::compose(source_);
  }

  PlannedPlugin plan(const std::string& section) {
    auto result = compose(section);
    EXPECT_TRUE(result.composition) << result.problems.at(0).text();
    return result.composition ? result.composition->plugins.at(0) : PlannedPlugin();
  }

  std::vector<std::string> problems(const std::string& section) {
    std::vector<std::string> texts;
    for (const config::Problem& problem : compose(section).problems) {
      texts.push_back(problem.text().substr(source_.file.size() + 1));
    }
    return texts;
  }

  testing::TemporaryFolder folder_;
  CompositionSource source_;
};

TEST_F(PluginSectionTest, TheManifestSaysTheDefaultOfOnFailure) {
  http::FailurePolicy policy;  // the defaults of the schema are those of the kernel
  policy.on_failure = OnFailure::kOpen;
  const PlannedPlugin counter = plan("");
  EXPECT_EQ(counter.policy, policy);
  EXPECT_EQ(counter.log_level, std::nullopt);
  EXPECT_EQ(counter.common.text("on_failure"), "open");
}

TEST_F(PluginSectionTest, TheKernelsKeysAreKeptFromThePlugin) {
  const PlannedPlugin written = plan(
      "[counter]\nkeys_max = 7\non_failure = closed\nfilter_timeout = 0\nhandler_timeout = 1min\nquarantine_share = "
      "10\nquarantine_calls_min = 3\nquarantine_time = 1s\nlog_level = debug\n");
  EXPECT_EQ(written.policy, (http::FailurePolicy{OnFailure::kClosed, milliseconds(0), milliseconds(60'000), 10, 3,
                                                 milliseconds(1'000)}));
  EXPECT_EQ(written.log_level, "debug");
  ASSERT_EQ(written.settings.all().size(), 1u);
  EXPECT_EQ(written.settings.integer("keys_max"), 7);
  EXPECT_EQ(written.settings, plan("[counter]\nkeys_max = 7\n").settings) << "they do not make it another plugin";
}

TEST_F(PluginSectionTest, TheyAreCheckedLikeAllOthers) {
  EXPECT_EQ(
      problems("[counter]\non_failre = open\nfilter_timeout = 5\nquarantine_share = 101\nlog_level = loud\n"),
      (std::vector<std::string>{
          "6: [counter] on_failre: no such setting; did you mean on_failure?",
          "7: [counter] filter_timeout: \"5\": expected a whole number with a unit, such as 30s; units are ms, s, min "
          "(or m), h and d",
          "8: [counter] quarantine_share: 101 is above the maximum, 100",
          "9: [counter] log_level: \"loud\": expected error, warning, information or debug"}));
}

TEST_F(PluginSectionTest, TheEnvironmentReachesThem) {
  source_.environment.variables = {{"KAVRO_COUNTER_LOG_LEVEL", "error"}};
  source_.set = {"counter.on_failure=closed"};
  const PlannedPlugin counter = plan("");
  EXPECT_EQ(counter.log_level, "error");
  EXPECT_EQ(counter.policy.on_failure, OnFailure::kClosed);
}

TEST_F(PluginSectionTest, AManifestKeepsItsOwnKey) {
  auto parsed = parseManifest(
      R"({"name": "x", "version": "1.0.0", "abi": 1, "summary": "s", "licence": "l", "on_failure": "open", "settings": {
         "on_failure": {"type": "string", "default": "local", "choices": ["local", "deny"], "summary": "its own"}}})",
      "x");
  ASSERT_TRUE(std::holds_alternative<Manifest>(parsed)) << std::get<Reasons>(parsed).at(0);
  const Manifest& manifest = std::get<Manifest>(parsed);
  config::Problems found;
  config::SectionSource section;
  section.name = "x";
  section.file = {{"on_failure", "deny", "here"}};
  const auto complete = config::readSettings(completeSchema(manifest), section, config::Completeness::kComplete, found);
  EXPECT_TRUE(found.empty());
  const PlannedPlugin planned = planPlugin("x", "x.so", manifest, complete);
  EXPECT_EQ(planned.settings.text("on_failure"), "deny");
  EXPECT_EQ(planned.common.text("on_failure"), std::nullopt);
  EXPECT_EQ(planned.policy.on_failure, OnFailure::kOpen);
}

}  // namespace
}  // namespace kavro::registry
