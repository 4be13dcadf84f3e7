#include "options.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kavro::demo_client {
namespace {

std::optional<Options> parse(std::vector<const char*> arguments, std::string& problem) {
  return parseOptions(arguments, problem);
}

Options parsed(std::vector<const char*> arguments) {
  std::string problem;
  return parse(std::move(arguments), problem).value();
}

std::string problemOf(std::vector<const char*> arguments) {
  std::string problem;
  EXPECT_FALSE(parse(std::move(arguments), problem));
  return problem;
}

TEST(DemoClientOptions, HaveTheDefaultsOfToolsRun) {
  const Options options = parsed({});
  EXPECT_EQ(options.url, "https://localhost:8443");
  EXPECT_EQ(options.trusted, "var/tls/localhost.crt");
  EXPECT_EQ(options.keys, "var/demo");
  EXPECT_FALSE(options.help);
}

TEST(DemoClientOptions, AreTakenInBothForms) {
  const Options options =
      parsed({"--url", "https://a:1", "--ca=b.crt", "--keys=c=d", "--message", "--hi", "--suffix=2"});
  EXPECT_EQ(options.url, "https://a:1");
  EXPECT_EQ(options.trusted, "b.crt");
  EXPECT_EQ(options.keys, "c=d");
  EXPECT_EQ(options.text, "--hi");
  EXPECT_EQ(options.suffix, "2");
  EXPECT_TRUE(parsed({"--help"}).help);
}

TEST(DemoClientOptions, AreRefusedInOneLine) {
  EXPECT_EQ(problemOf({"--ur", "x"}), "unknown argument '--ur'; see --help");
  EXPECT_EQ(problemOf({"extra"}), "unknown argument 'extra'; see --help");
  EXPECT_EQ(problemOf({"--url"}), "--url needs a value; see --help");
  EXPECT_EQ(problemOf({"--ca="}), "--ca must not be empty; see --help");
  EXPECT_EQ(problemOf({"--suffix=../x"}), "--suffix becomes part of user and file names; it cannot hold a '/'");
  const std::string text(kTextBytesMax + 1, 'x');
  EXPECT_EQ(problemOf({"--message", text.c_str()}), "--message takes up to 64 KiB");
}

TEST(DemoClientOptions, AreAllInTheUsage) {
  for (const char* option : {"--url", "--ca", "--keys", "--message", "--suffix", "--help"}) {
    EXPECT_NE(std::string(kUsage).find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace kavro::demo_client
