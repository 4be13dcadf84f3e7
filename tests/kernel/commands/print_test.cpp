#include "kernel/commands/print.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <filesystem>

#include <sstream>

#include "kernel/commands/exit_code.hpp"
#include "tests/kernel/config/temporary_folder.hpp"

namespace kavro::commands {
namespace {

class PrintTest : public ::testing::Test {
 protected:
  PrintTest() {
    source_.plugin_path = KAVRO_TEST_MODULES;
    source_.file = folder_.write("kavro.ini", R"([http]
listen = http://127.0.0.1:8080
idle_timeout = 120s
[plugins]
letters = on
porter = on
counter = on
vault-b = safe
tally = off
[porter]
token_secret_file = porter.secret
special_character = no
[letters]
rule.b = "  <one> & two  "
rule.a = say "hi" -- there
[counter]
on_failure = closed
[vault-b]
key.a_file = porter.secret
)");
    std::filesystem::create_directory(folder_.path() / "var");
    ::chmod(folder_.write("porter.secret", "hunter2hunter2hunter2\n").c_str(), 0600);
  }

  std::string printed(PrintFormat format) {
    std::ostringstream output, error;
    EXPECT_EQ(print(source_, format, output, error), kExitOk) << error.str();
    EXPECT_EQ(error.str(), "");
    EXPECT_EQ(output.str().find("hunter2"), std::string::npos) << "a secret is shown";
    return output.str();
  }

  // The lines with values only: where they came from changes when they are read from another file.
  static std::string values(const std::string& text) {
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line);) {
      const auto first = line.find_first_not_of(' ');
      if (first == std::string::npos || line[first] == ';' || line.compare(first, 4, "<!--") == 0) continue;
      result += line + '\n';
    }
    return result;
  }

  bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  testing::TemporaryFolder folder_;
  registry::CompositionSource source_;
};

TEST_F(PrintTest, ShowsEveryValueInItsNormalFormAndWhereItCameFrom) {
  source_.environment.variables = {{"KAVRO_HTTP_BACKLOG", "7"}};
  source_.set = {"log.level=debug"};
  const std::string home = folder_.path().string(), text = printed(PrintFormat::kIni);
  for (const std::string& part : {
           "; The effective configuration of " + source_.file + "\n\n[server]\n; default\nhome = " + home + "\n",
           std::string("; default\nplugin_path = " KAVRO_TEST_MODULES "\n"),
           "; " + source_.file + ":3\nidle_timeout = 2min\n",
           std::string("; environment KAVRO_HTTP_BACKLOG\nbacklog = 7\n"),
           std::string("; command line --set log.level\nlevel = debug\n"),
           std::string("; certificate: not set\n"),
           "; default\nurl = sqlite:" + home + "/var/kavro.db\n",
           "; " + source_.file + ":8\nvault-b = safe\n; " + source_.file +
               ":9\ntally = off\n; default\nchicken = off\n",
           "; " + source_.file + ":11\ntoken_secret_file = " + home + "/porter.secret\n",
           "; " + source_.file + ":12\nspecial_character = off\n",
           "; " + source_.file + ":14\nrule.b = \"  <one> & two  \"\n",
           "; " + source_.file + ":17\non_failure = closed\n",
           std::string("; default\nfilter_timeout = 5s\n"),
           std::string("; Encrypts fields\n[vault-b]\n"),
       }) {
    EXPECT_TRUE(has(text, part)) << "found no\n" << part << "\nin\n" << text;
  }
}

TEST_F(PrintTest, AnIniFileMeansTheSameAgain) {
  const std::string first = printed(PrintFormat::kIni);
  source_.file = folder_.write("again.ini", first);
  EXPECT_EQ(values(printed(PrintFormat::kIni)), values(first));
}

TEST_F(PrintTest, XmlMeansTheSameAgainAndAsIniToo) {
  const std::string ini = printed(PrintFormat::kIni), xml = printed(PrintFormat::kXml);
  EXPECT_TRUE(has(xml, "<rule.b>\"  &lt;one&gt; &amp; two  \"</rule.b>")) << xml;
  source_.file = folder_.write("again.xml", xml);
  EXPECT_EQ(values(printed(PrintFormat::kXml)), values(xml));
  EXPECT_EQ(values(printed(PrintFormat::kIni)), values(ini));
}

TEST_F(PrintTest, ACommentOfXmlHasNoTwoHyphens) {
  source_.set = {"log.level=debug"};
  EXPECT_TRUE(has(printed(PrintFormat::kXml), "<!-- command line - -set log.level -->\n    <level>debug</level>"));
}

TEST_F(PrintTest, SecretsThatCameFromNoFileAreNotShown) {
  source_.environment.variables = {{"KAVRO_PORTER_TOKEN_SECRET", "hunter2hunter2hunter2"},
                                   {"KAVRO_DATABASE_URL", "postgresql://kavro:hunter2@db/kavro"}};
  std::string text = printed(PrintFormat::kIni);
  EXPECT_TRUE(has(text, "; token_secret: set and not shown; from environment KAVRO_PORTER_TOKEN_SECRET\n")) << text;
  EXPECT_TRUE(has(text, "; url: set and not shown; from environment KAVRO_DATABASE_URL\n")) << text;
  // A password whose / was not written as %2F is one all the same.
  source_.environment.variables["KAVRO_DATABASE_URL"] = "postgresql://kavro:12/hunter2@db/kavro";
  EXPECT_TRUE(has(printed(PrintFormat::kIni), "; url: set and not shown"));
  EXPECT_FALSE(has(printed(PrintFormat::kIni), "hunter2"));
  source_.environment.variables = {{"KAVRO_DATABASE_URL", "postgresql://kavro@db/kavro?password=hunter2"}};
  folder_.write("credentials/porter.token_secret", "hunter2hunter2hunter2");
  ::chmod((folder_.path() / "credentials/porter.token_secret").c_str(), 0600);
  source_.environment.credentials_folder = folder_.path() / "credentials";
  text = printed(PrintFormat::kXml);
  EXPECT_TRUE(has(text, "<!-- token_secret: set and not shown; from credential porter.token_secret -->\n")) << text;
}

TEST_F(PrintTest, NamesTheDropIns) {
  folder_.write("conf.d/10-a.ini", "[http]\nidle_timeout = 90s\n");
  const std::string text = printed(PrintFormat::kIni), drop_in = (folder_.path() / "conf.d/10-a.ini").string();
  EXPECT_TRUE(text.starts_with("; The effective configuration of " + source_.file + ", with " + drop_in + "\n"))
      << text;
  EXPECT_TRUE(has(text, "; " + drop_in + ":2\nidle_timeout = 90s\n")) << text;
}

TEST_F(PrintTest, WritesNoConfigurationThatIsRefused) {
  source_.file = folder_.write("bad.ini", "[http]\nlisten = http://a:1\nx = y\n");
  std::ostringstream output, error;
  EXPECT_EQ(print(source_, PrintFormat::kIni, output, error), kExitConfiguration);
  EXPECT_EQ(output.str(), "");
  EXPECT_TRUE(has(error.str(), ":3: [http] x: no such setting")) << error.str();
  EXPECT_EQ(findPrintFormat("json"), std::nullopt);
}

}  // namespace
}  // namespace kavro::commands
