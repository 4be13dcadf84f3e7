#include "kernel/commands/check.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <sstream>

#include "kernel/commands/exit_code.hpp"
#include "tests/kernel/config/temporary_folder.hpp"

namespace kavro::commands {
namespace {

class CheckTest : public ::testing::Test {
 protected:
  int run(const std::string& content) {
    registry::CompositionSource source;
    source.file = folder_.write("kavro.ini", content);
    source.plugin_path = KAVRO_TEST_MODULES;
    return check(source, output_, error_);
  }

  testing::TemporaryFolder folder_;
  std::ostringstream output_;
  std::ostringstream error_;
};

TEST_F(CheckTest, SaysOkAndWhatIsOn) {
  EXPECT_EQ(run("[http]\nlisten = http://a:1\n[plugins]\nsafe = on\ncounter = on\n"), kExitOk);
  EXPECT_EQ(output_.str(), (folder_.path() / "kavro.ini").string() + ": ok, 2 plugins on (counter, safe)\n");
  EXPECT_EQ(error_.str(), "");
}

TEST_F(CheckTest, CountsTheProblems) {
  EXPECT_EQ(run("[http]\nlisten = http://a:1\nx = y\ny = z\n"), kExitConfiguration);
  EXPECT_EQ(output_.str(), "");
  EXPECT_TRUE(error_.str().ends_with("\n2 problems; nothing was changed\n")) << error_.str();
}

TEST_F(CheckTest, AWarningIsShownAndIsNoProblem) {
  std::string key = folder_.write("key", "secret");
  ::chmod(key.c_str(), 0604);
  EXPECT_EQ(run("[http]\nlisten = http://a:1\n[plugins]\nsafe = on\n[safe]\nkey.a_file = key\n"), kExitOk);
  EXPECT_TRUE(output_.str().ends_with(": ok, 1 plugin on (safe)\n")) << output_.str();
  EXPECT_EQ(error_.str(), (folder_.path() / "kavro.ini").string() + ":6: warning: [safe] key.a_file: " + key +
                              " is open to others than its owner (mode 0604); do: chmod 600 " + key + "\n");
}

}  // namespace
}  // namespace kavro::commands
