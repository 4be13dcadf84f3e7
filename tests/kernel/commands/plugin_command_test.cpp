#include "kernel/commands/plugin_command.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "kernel/commands/exit_code.hpp"

namespace kavro::commands {
namespace {

struct Outcome {
  int code = 0;
  std::string output, error;
};

config::Environment with(const std::string& plugins) {
  config::Environment environment;
  environment.variables["KAVRO_SERVER_PLUGIN_PATH"] = plugins;
  return environment;
}

Outcome run(const std::vector<std::string>& words, const std::string& plugins = KAVRO_TEST_COMMAND_MODULES) {
  const auto call = findPluginCommand(words, with(plugins));
  if (!call) return {-1, "", "not found"};
  std::ostringstream output, error;
  const int code = runPluginCommand(*call, output, error);
  return {code, output.str(), error.str()};
}

TEST(PluginCommand, GetsItsArgumentsAsTyped) {
  const Outcome outcome = run({"teller", "repeat", "--like", "", "a b"});
  EXPECT_EQ(kExitOk, outcome.code);
  EXPECT_EQ("--like\n\na b\n", outcome.output);
  EXPECT_EQ("", outcome.error);
}

TEST(PluginCommand, EndsWithItsExitCodeAndItsWords) {
  const Outcome failed = run({"teller", "fail"});
  EXPECT_EQ(kExitUsage, failed.code);
  EXPECT_EQ("fail needs nothing, and gets it\n", failed.error);
  const Outcome thrown = run({"teller", "throw"});
  EXPECT_EQ(kExitFailure, thrown.code);
  EXPECT_EQ("something is amiss\n", thrown.error);
}

TEST(PluginCommand, OnesThatAreNotThereAreListed) {
  const Outcome unknown = run({"teller", "repaet"});
  EXPECT_EQ(kExitUsage, unknown.code);
  EXPECT_EQ("kavro: the plugin teller has no command \"repaet\"; did you mean repeat?\nTry: kavro teller --help\n",
            unknown.error);
  const Outcome help = run({"teller", "--help"});
  EXPECT_EQ(kExitOk, help.code);
  EXPECT_EQ(
      "usage: kavro teller COMMAND [ARGUMENT]...\n\n  fail    Fails\n  repeat  Writes its arguments, one a line\n"
      "  throw   Throws\n",
      help.output);
  EXPECT_EQ(help.output, run({"teller"}).error);
  EXPECT_EQ(kExitUsage, run({"teller"}).code);
  EXPECT_EQ("  teller fail    Fails\n  teller repeat  Writes its arguments, one a line\n  teller throw   Throws\n",
            pluginCommandsHelp(with(KAVRO_TEST_COMMAND_MODULES)));
}

TEST(PluginCommand, ThePluginHasToHaveSome) {
  const Outcome outcome = run({"counter", "verify"}, KAVRO_TEST_MODULES);
  EXPECT_EQ(kExitUsage, outcome.code);
  EXPECT_EQ("kavro: the plugin counter has no commands\nTry: kavro --help\n", outcome.error);
}

TEST(PluginCommand, LeavesTheProgramsOwnAloneAndWhatIsNoPlugin) {
  for (const char* word : {"run", "check", "trial", "help", "--help", "-c", "ghost", "../teller", "teller.so", ""}) {
    EXPECT_FALSE(findPluginCommand({word, "repeat"}, with(KAVRO_TEST_COMMAND_MODULES))) << word;
  }
  EXPECT_FALSE(findPluginCommand({}, with(KAVRO_TEST_COMMAND_MODULES)));
}

}  // namespace
}  // namespace kavro::commands
