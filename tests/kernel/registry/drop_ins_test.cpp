// What several files say together: conf.d beside the configuration.
#include "kernel/config/drop_ins.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "kernel/registry/composition.hpp"
#include "tests/kernel/config/temporary_folder.hpp"

namespace kavro::registry {
namespace {

using Texts = std::vector<std::string>;

class DropInsTest : public ::testing::Test {
 protected:
  DropInsTest() {
    source_.plugin_path = KAVRO_TEST_MODULES;
    source_.file = folder_.write("kavro.ini",
                                 "[http]\nlisten = http://127.0.0.1:0\nidle_timeout = 1s\n[plugins]\n"
                                 "counter = on\n[counter]\nkeys_max = 1\n");
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  Composition composed() {
    auto result = compose(source_);
    EXPECT_TRUE(result.composition) << result.problems.at(0).text();
    return result.composition ? *result.composition : Composition();
  }

  Texts problems() {
    Texts texts;
    for (const config::Problem& problem : compose(source_).problems) {
      texts.push_back(problem.text().substr(folder_.path().string().size() + 1));
    }
    return texts;
  }

  testing::TemporaryFolder folder_;
  CompositionSource source_;
};

TEST_F(DropInsTest, AreReadInTheOrderOfTheirNamesAndTheLaterWins) {
  folder_.write("conf.d/20-b.ini", "[http]\nidle_timeout = 3s\n[plugins]\nsafe = on\n");
  folder_.write("conf.d/10-a.ini", "[http]\nidle_timeout = 2s\nbacklog = 7\n[counter]\nkeys_max = 2\n");
  folder_.write("conf.d/30-c.xml", "<kavro><counter>\n<keys_max>3</keys_max></counter></kavro>");
  const Composition composition = composed();
  EXPECT_EQ(composition.files,
            (Texts{source_.file, path("conf.d/10-a.ini"), path("conf.d/20-b.ini"), path("conf.d/30-c.xml")}));
  const config::Settings& http = composition.section("http");
  EXPECT_EQ(http.integer("idle_timeout"), 3000);
  EXPECT_EQ(http.origin("idle_timeout"), path("conf.d/20-b.ini") + ":2");
  EXPECT_EQ(http.integer("backlog"), 7);
  ASSERT_EQ(composition.plugins.size(), 2u);
  EXPECT_EQ(composition.plugins[0].settings.integer("keys_max"), 3);
  EXPECT_EQ(composition.plugins[0].settings.origin("keys_max"), path("conf.d/30-c.xml") + ":2");
}

TEST_F(DropInsTest, ASwitchIsOverriddenToo) {
  folder_.write("conf.d/a.ini", "[plugins]\ncounter = off\n");
  EXPECT_TRUE(composed().plugins.empty());
}

TEST_F(DropInsTest, TheEnvironmentAndTheCommandLineGoBeforeThem) {
  folder_.write("conf.d/a.ini", "[http]\nidle_timeout = 2s\nbacklog = 2\n");
  source_.environment.variables = {{"KAVRO_HTTP_IDLE_TIMEOUT", "5s"}};
  source_.set = {"http.backlog=5"};
  EXPECT_EQ(composed().section("http").integer("idle_timeout"), 5000);
  EXPECT_EQ(composed().section("http").integer("backlog"), 5);
}

TEST_F(DropInsTest, OtherFilesAreNotRead) {
  for (const char* name : {"conf.d/a.ini.bak", "conf.d/.a.ini", "conf.d/a.ini~", "conf.d/a.conf", "conf.d/README"}) {
    folder_.write(name, "nonsense\n");
  }
  EXPECT_EQ(composed().files, Texts{source_.file});
}

TEST_F(DropInsTest, EachProblemNamesItsFile) {
  folder_.write("conf.d/10-a.ini", "[http]\nbacklog = 1\nbacklog = 2\nidle_timout = 2s\n[conter]\n");
  folder_.write("conf.d/20-b.xml", "<kavro>\n<http>\n</kavro>");
  std::filesystem::create_directory(path("conf.d/30-c.ini"));
  EXPECT_EQ(
      problems(),
      (Texts{"conf.d/10-a.ini:3: [http] backlog: is set twice; the first time in line 2",
             "conf.d/10-a.ini:4: [http] idle_timout: no such setting; did you mean idle_timeout?",
             "conf.d/10-a.ini:5: [conter]: there is no such section, and no plugin of that name in " KAVRO_TEST_MODULES
             "; did you mean [counter]?",
             "conf.d/20-b.xml:3: is no well-formed XML: mismatched tag; <http> of line 2 is open here, and ends with "
             "</http>",
             "conf.d/30-c.ini: is a folder, not a file"}));
}

TEST_F(DropInsTest, WhatIsOverriddenIsStillChecked) {
  folder_.write("conf.d/10-a.ini", "[http]\nidle_timeout = soon\n");
  folder_.write("conf.d/20-b.ini", "[http]\nidle_timeout = 2s\n");
  ASSERT_EQ(problems().size(), 1u);
  EXPECT_TRUE(problems()[0].starts_with("conf.d/10-a.ini:2: [http] idle_timeout: \"soon\": ")) << problems()[0];
}

TEST_F(DropInsTest, AFileInPlaceOfTheFolderIsAProblem) {
  folder_.write("conf.d", "");
  EXPECT_EQ(problems(), Texts{"conf.d: is no folder; expected one with drop-ins (*.ini, *.xml), or nothing"});
}

TEST_F(DropInsTest, ADropInHasNone) {
  folder_.write("conf.d/conf.d/a.ini", "nonsense");
  source_.file = folder_.write("conf.d/main.ini", "[http]\nlisten = http://127.0.0.1:0\n");
  folder_.write("conf.d/other.ini", "nonsense");
  EXPECT_EQ(composed().files, Texts{source_.file});
}

TEST_F(DropInsTest, AreNotTooMany) {
  for (std::size_t i = 0; i <= config::kDropInsMax; ++i) folder_.write("conf.d/" + std::to_string(i) + ".ini", "; x\n");
  EXPECT_EQ(problems(), Texts{"conf.d: has 101 drop-ins; at most 100 are read"});
}

TEST_F(DropInsTest, ASecretMayMoveFromTheFileToADropIn) {
  folder_.write("kavro.ini",
                "[http]\nlisten = http://127.0.0.1:0\n[plugins]\nporter = on\ncounter = on\n[porter]\n"
                "token_secret = 0123456789abcdef\n");
  ::chmod(folder_.write("s", "fedcba9876543210").c_str(), 0600);
  folder_.write("conf.d/a.ini", "[porter]\ntoken_secret_file = s\n");
  EXPECT_EQ(composed().plugins.at(1).settings.text("token_secret"), "fedcba9876543210");
}

}  // namespace
}  // namespace kavro::registry
