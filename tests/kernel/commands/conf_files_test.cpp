// Every file in tests/conf/bad and tests/conf/good, and exactly what `kavro check` says about it. A folder there has a
// kavro.ini with drop-ins beside it.
//
// Beside NAME.ini or NAME.xml lies NAME.expected: standard error for the bad ones, standard output for the good ones.
// In it {plugins} stands for the plugin path and {home} for the file's folder. Comments at the beginning of a file can
// set the stage: "; set: section.key=value" and "; environment: NAME=value". To see all that has changed after
// rewording a message, run with KAVRO_TEST_WRITE_EXPECTED=1, and read the diff.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"

namespace kavro::commands {
namespace {

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::vector<std::string> filesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(KAVRO_TEST_SOURCE) + "/" + folder)) {
    const std::string name = folder + "/" + entry.path().filename().string();
    if (entry.path().extension() == ".ini" || entry.path().extension() == ".xml") names.push_back(name);
    if (entry.is_directory() && entry.path().extension().empty()) names.push_back(name + "/kavro.ini");
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ConfFilesTest : public ::testing::TestWithParam<std::string> {
 protected:
  // Files are named as an operator in the project's folder would.
  ConfFilesTest() { std::filesystem::current_path(KAVRO_TEST_SOURCE); }

  void run() {
    registry::CompositionSource source;
    source.file = GetParam();
    source.plugin_path = KAVRO_TEST_MODULES;
    std::ifstream file(source.file);
    for (std::string line; std::getline(file, line) && line.starts_with(';');) {
      if (line.starts_with("; set: ")) source.set.push_back(line.substr(7));
      auto equals = line.find('=');
      if (line.starts_with("; environment: ")) {
        source.environment.variables[line.substr(15, equals - 15)] = line.substr(equals + 1);
      }
    }
    code_ = check(source, output_, error_);
  }

  void expect(const std::string& actual) {
    std::filesystem::path expected = std::filesystem::path(GetParam()).replace_extension(".expected");
    std::string home = (std::filesystem::current_path() / GetParam()).parent_path().string();
    if (std::getenv("KAVRO_TEST_WRITE_EXPECTED")) {
      std::ofstream(expected, std::ios::binary)
          << replaced(replaced(actual, KAVRO_TEST_MODULES, "{plugins}"), home, "{home}");
    }
    ASSERT_TRUE(std::filesystem::exists(expected)) << "no file says what is expected of " << GetParam();
    EXPECT_EQ(actual, replaced(replaced(contentOf(expected), "{plugins}", KAVRO_TEST_MODULES), "{home}", home));
  }

  int code_ = -1;
  std::ostringstream output_;
  std::ostringstream error_;
};

class BadFile : public ConfFilesTest {};
class GoodFile : public ConfFilesTest {};

// "tests/conf/bad/key-twice.ini" -> "key_twice"
std::string nameOf(const ::testing::TestParamInfo<std::string>& info) {
  const std::filesystem::path path(info.param);
  const bool in_folder = path.filename() == "kavro.ini";
  return replaced(
      (in_folder ? path.parent_path().filename() : path.stem()).string() + (path.extension() == ".xml" ? "_xml" : ""),
      "-", "_");
}

TEST_P(BadFile, IsRefusedWithTheExpectedMessages) {
  run();
  EXPECT_EQ(code_, kExitConfiguration);
  EXPECT_EQ(output_.str(), "");
  EXPECT_EQ(error_.str().find("hunter2"), std::string::npos) << "a secret is shown";
  expect(error_.str());
}

TEST_P(GoodFile, IsAccepted) {
  run();
  EXPECT_EQ(code_, kExitOk);
  EXPECT_EQ(error_.str(), "");
  expect(output_.str());
}

INSTANTIATE_TEST_SUITE_P(Conf, BadFile, ::testing::ValuesIn(filesIn("tests/conf/bad")), nameOf);
INSTANTIATE_TEST_SUITE_P(Conf, GoodFile, ::testing::ValuesIn(filesIn("tests/conf/good")), nameOf);

}  // namespace
}  // namespace kavro::commands
