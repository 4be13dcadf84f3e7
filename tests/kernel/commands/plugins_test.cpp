#include "kernel/commands/plugins.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "kernel/commands/exit_code.hpp"
#include "tests/kernel/config/temporary_folder.hpp"

namespace kavro::commands {
namespace {

class PluginsTest : public ::testing::Test {
 protected:
  PluginsTest() {
    std::filesystem::create_directories(folder_.path() / "lib");
    for (const char* name : {"counter.so", "letters.so", "porter.so", "safe.so"}) {
      std::filesystem::copy_file(std::string(KAVRO_TEST_MODULES) + "/" + name, folder_.path() / "lib" / name);
    }
    folder_.write("lib/broken.so", "rubbish");
  }

  int run(const std::string& plugins) {
    registry::CompositionSource source;
    source.file = folder_.write("kavro.ini", "[http]\nlisten = http://a:1\n[server]\nplugin_path = lib\n" + plugins);
    return commands::plugins(source, output_, error_);
  }

  testing::TemporaryFolder folder_;
  std::ostringstream output_;
  std::ostringstream error_;
};

TEST_F(PluginsTest, ListsAllInAnAlignedTable) {
  EXPECT_EQ(run("[plugins]\ncounter = on\nsafe-b = safe\nghost = off\n"), kExitOk);
  std::string lib = (folder_.path() / "lib").string();
  EXPECT_EQ(
      output_.str(),
      "NAME     VERSION  STATE  PROVIDES          REQUIRES                           SUMMARY\n"
      "broken   -        off    -                 -                                  PROBLEM: is no ELF file, so "
      "no library\n"
      "counter  1.0.0    on     kavro.limiter/1   -                                  Counts in memory\n"
      "ghost    -        off    -                 -                                  PROBLEM: there is no "
      "ghost.so in " +
          lib +
          "\n"
          "letters  2.0.1    off    -                 kavro.identity/1, kavro.cipher/1?  Keeps letters\n"
          "porter   1.2.3    off    kavro.identity/1  kavro.http/1, kavro.limiter/1      Lets people in\n"
          "safe     1.0.0    off    kavro.cipher/1    -                                  Encrypts fields\n"
          "safe-b   1.0.0    on     kavro.cipher/1    -                                  (safe) Encrypts fields\n");
  EXPECT_EQ(error_.str(), "");
}

TEST_F(PluginsTest, ShowsTheTableAlsoWhenTheConfigurationIsRefused) {
  EXPECT_EQ(run("[plugins]\nbroken = on\n"), kExitConfiguration);
  EXPECT_NE(output_.str().find("\nbroken   -        on "), std::string::npos) << output_.str();
  EXPECT_EQ(error_.str(), (folder_.path() / "lib/broken.so").string() +
                              ": is no ELF file, so no library\n1 problem; nothing was changed\n");
}

}  // namespace
}  // namespace kavro::commands
