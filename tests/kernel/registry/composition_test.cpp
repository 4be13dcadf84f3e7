#include "kernel/registry/composition.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "kernel/registry/plugin_folder.hpp"
#include "tests/kernel/config/temporary_folder.hpp"
#include "tests/kernel/registry/tls_pair.hpp"

namespace kavro::registry {
namespace {

// Files live in a folder of their own, which is also the current folder in all messages' sense: the configuration is
// named by its absolute path.
class CompositionTest : public ::testing::Test {
 protected:
  CompositionTest() {
    source_.plugin_path = KAVRO_TEST_MODULES;
    source_.file = (folder_.path() / "kavro.ini").string();
  }

  CompositionResult compose(const std::string& content) {
    folder_.write("kavro.ini", content);
    return registry::compose(source_);
  }

  // Without the file's name in front: "3: [x] y: ..." for a line.
  std::vector<std::string> problems(const std::string& content) {
    std::vector<std::string> texts;
    for (const config::Problem& problem : compose(content).problems) {
      std::string text = problem.text();
      if (text.starts_with(source_.file + ":")) text = text.substr(source_.file.size() + 1);
      texts.push_back(text);
    }
    return texts;
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  testing::TemporaryFolder folder_;
  CompositionSource source_;
};

using Texts = std::vector<std::string>;

const std::string kHttp = "[http]\nlisten = http://127.0.0.1:0\n";

TEST_F(CompositionTest, PlansTheWholeServer) {
  auto result = compose(kHttp +
                        "[server]\nmounts = / /v2\n[plugins]\nletters = on\nporter = on\ncounter = on\nsafe = on\n"
                        "tally = off\n[porter]\ntoken_secret = 0123456789abcdef\ntoken_ttl = 5min\n"
                        "[letters]\nrule.b = one\nrule.a = two\n");
  ASSERT_TRUE(result.composition) << result.problems[0].text();
  const Composition& composition = *result.composition;
  std::vector<std::string> names;
  for (const PlannedPlugin& plugin : composition.plugins) names.push_back(plugin.instance);
  EXPECT_EQ(names, (Texts{"counter", "porter", "safe", "letters"}));
  const PlannedPlugin& porter = composition.plugins[1];
  EXPECT_EQ(porter.library, std::string(KAVRO_TEST_MODULES) + "/porter.so");
  EXPECT_EQ(porter.manifest.version, "1.2.3");
  EXPECT_EQ(porter.settings.integer("token_ttl"), 300'000);
  EXPECT_EQ(porter.settings.integer("attempts_max"), 5);
  EXPECT_EQ(porter.settings.integer("cost"), 19 * 1024 * 1024);
  EXPECT_EQ(porter.settings.text("token_secret"), "0123456789abcdef");
  const PlannedPlugin& letters = composition.plugins[3];
  EXPECT_EQ(letters.settings.text("archive"), path("var/letters"));
  ASSERT_EQ(letters.settings.family("rule").size(), 2u);
  EXPECT_EQ(letters.settings.family("rule")[0].name, "b");
  EXPECT_EQ(letters.settings.family("rule")[0].origin, source_.file + ":15");

  EXPECT_EQ(composition.home, folder_.path());
  EXPECT_EQ(composition.plugin_path, KAVRO_TEST_MODULES);
  EXPECT_EQ(composition.database_url, "sqlite:" + path("var/kavro.db"));
  EXPECT_EQ(composition.mounts, (Texts{"", "/v2"}));
  ASSERT_EQ(composition.listen.size(), 1u);
  EXPECT_EQ(composition.listen[0].text, "http://127.0.0.1:0");
  EXPECT_EQ(composition.section("http").integer("idle_timeout"), 75'000);
  EXPECT_EQ(composition.section("log").text("level"), "information");
  EXPECT_THROW(composition.section("nonsense"), std::out_of_range);
}

TEST_F(CompositionTest, CreatesNothing) {
  compose(kHttp + "[plugins]\ncounter = on\nletters = off\n");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_EQ(names, Texts{"kavro.ini"});
}

TEST_F(CompositionTest, HomeIsRelativeToTheFileAndEverythingElseToHome) {
  std::filesystem::create_directories(path("conf"));
  std::filesystem::create_directories(path("lib"));
  std::filesystem::copy_file(std::string(KAVRO_TEST_MODULES) + "/letters.so", path("lib/letters.so"));
  folder_.write("conf/k.ini", kHttp + "[server]\nhome = ..\nplugin_path = lib\n[database]\nurl = sqlite:x.db\n");
  source_.file = path("conf/k.ini");
  auto result = registry::compose(source_);
  ASSERT_TRUE(result.composition) << result.problems[0].text();
  EXPECT_EQ(result.composition->home, folder_.path());
  EXPECT_EQ(result.composition->plugin_path, path("lib"));
  EXPECT_EQ(result.composition->database_url, "sqlite:" + path("x.db"));
  EXPECT_EQ(result.composition->section("server").text("home"), folder_.path().string());
  ASSERT_EQ(result.plugins.size(), 1u);
  EXPECT_EQ(result.plugins[0].instance, "letters");
  EXPECT_FALSE(result.plugins[0].on);
}

TEST_F(CompositionTest, EnvironmentAndCommandLineReachEverySection) {
  source_.environment.variables = {{"KAVRO_PLUGINS_COUNTER", "on"},
                                   {"KAVRO_COUNTER_KEYS_MAX", "7"},
                                   {"KAVRO_HTTP_IDLE_TIMEOUT", "1s"},
                                   {"KAVRO_LOG_LEVEL", "debug"}};
  source_.set = {"log.level=error", "plugins.safe=on", "safe.key.a=k1"};
  auto result = compose(kHttp + "[plugins]\ncounter = off\n");
  ASSERT_TRUE(result.composition) << result.problems[0].text();
  ASSERT_EQ(result.composition->plugins.size(), 2u);
  EXPECT_EQ(result.composition->plugins[0].settings.integer("keys_max"), 7);
  EXPECT_EQ(result.composition->plugins[0].settings.origin("keys_max"), "environment KAVRO_COUNTER_KEYS_MAX");
  EXPECT_EQ(result.composition->plugins[1].settings.family("key").at(0).value, "k1");
  EXPECT_EQ(result.composition->section("http").integer("idle_timeout"), 1000);
  EXPECT_EQ(result.composition->section("log").text("level"), "error");
}

TEST_F(CompositionTest, ReportsWhatEnvironmentAndCommandLineGetWrong) {
  source_.environment.variables = {{"KAVRO_PLUGINS_CUONTER", "on"}, {"KAVRO_COUNTER_KEY_MAX", "7"}};
  source_.set = {"nonsense", "a.b", ".x=1", "htpp.listen=x", "log.levle=x", "plugins.ghost=on"};
  EXPECT_EQ(problems(kHttp), (Texts{"--set: expected section.key=value, such as --set http.idle_timeout=30s",
                                    "--set: expected section.key=value, such as --set http.idle_timeout=30s",
                                    "--set: what is in front of the = is no section.key",
                                    "environment KAVRO_PLUGINS_CUONTER: [plugins] has no such setting; did you mean "
                                    "KAVRO_PLUGINS_COUNTER?",
                                    "--set plugins.ghost: [plugins] ghost: there is no ghost.so in " KAVRO_TEST_MODULES
                                    " (which has chicken, counter, dreamer, egg, letters, porter, safe and tally)",
                                    "environment KAVRO_COUNTER_KEY_MAX: [counter] has no such setting; did you mean "
                                    "KAVRO_COUNTER_KEYS_MAX?",
                                    "--set log.levle: [log] levle: no such setting; did you mean level?",
                                    "--set htpp.listen: [htpp]: there is no such section; did you mean [http]?"}));
}

TEST_F(CompositionTest, ASecondInstanceHasItsOwnSection) {
  auto result = compose(kHttp + "[plugins]\nvault-b = safe\n[vault-b]\nkey.x = abc\n[safe]\nkey.y = def\n");
  ASSERT_TRUE(result.composition) << result.problems[0].text();
  ASSERT_EQ(result.composition->plugins.size(), 1u);
  EXPECT_EQ(result.composition->plugins[0].instance, "vault-b");
  EXPECT_EQ(result.composition->plugins[0].manifest.name, "safe");
  EXPECT_EQ(result.composition->plugins[0].settings.family("key").at(0).name, "x");
}

TEST_F(CompositionTest, PluginsThatAreOffMayBeMissing) {
  EXPECT_EQ(problems(kHttp + "[plugins]\nghost = off\n[ghost]\nanything = goes\n"), Texts{});
  // Their sections are checked when the library is there, but nothing is required of them.
  EXPECT_EQ(problems(kHttp + "[plugins]\nporter = off\n[porter]\ntoken_ttl = 5\n"),
            Texts{"6: [porter] token_ttl: \"5\": expected a whole number with a unit, such as 30s; units are ms, s, "
                  "min (or m), h and d"});
  EXPECT_EQ(problems(kHttp + "[porter]\ntokn_ttl = 5\n"),
            Texts{"4: [porter] tokn_ttl: no such setting; did you mean token_ttl?"});
}

TEST_F(CompositionTest, RefusesBrokenLibrariesThatAreOn) {
  std::filesystem::create_directories(path("lib"));
  folder_.write("lib/rubbish.so", "rubbish");
  source_.plugin_path = path("lib");
  EXPECT_EQ(problems(kHttp + "[plugins]\nrubbish = off\n"), Texts{});
  EXPECT_EQ(problems(kHttp + "[plugins]\nrubbish = on\nagain = rubbish\n[rubbish]\nx = y\n"),
            Texts{path("lib/rubbish.so") + ": is no ELF file, so no library"});
}

TEST_F(CompositionTest, SaysWhenThePluginFolderIsMissing) {
  source_.plugin_path = path("nowhere");
  EXPECT_EQ(problems(kHttp + "[plugins]\na = on\nb = on\n[c]\n"),
            Texts{path("nowhere") + ": there is no such folder; the plugins' libraries are looked for there: set "
                                    "[server] plugin_path"});
  EXPECT_EQ(problems(kHttp), Texts{}) << "without plugins it is not needed";
  EXPECT_EQ(problems(kHttp + "[plugins]\na = on\n[server]\nplugin_path = gone\n"),
            Texts{"6: [server] plugin_path: " + path("gone") +
                  ": there is no such folder; the plugins' libraries are looked for there"});
}

TEST_F(CompositionTest, HttpsNeedsACertificate) {
  EXPECT_EQ(problems("[http]\nlisten = http://a:1 https://a:2\n"),
            (Texts{" [tls] certificate: is not set, and [http] listen has https://a:2; set it to a PEM file, or listen "
                   "on http:// only",
                   " [tls] private_key: is not set, and [http] listen has https://a:2; set it to a PEM file, or listen "
                   "on http:// only"}));
  std::string tls = "[tls]\ncertificate = c.pem\nprivate_key = k.pem\n";
  EXPECT_EQ(problems(tls), (Texts{"2: [tls] certificate: " + path("c.pem") + ": there is no such file",
                                  "3: [tls] private_key: " + path("k.pem") + ": there is no such file"}));
  const testing::TlsPair a = testing::makeTlsPair(folder_, "a"), b = testing::makeTlsPair(folder_, "b");
  tls = "[tls]\ncertificate = a.crt\nprivate_key = b.key\n";
  EXPECT_EQ(problems(tls),
            Texts{"3: [tls] private_key: " + b.private_key + " does not belong to the certificate " + a.certificate +
                  ": they are of two pairs; name the key that the certificate was "
                  "requested with"});
  tls = "[tls]\ncertificate = a.crt\nprivate_key = a.key\n";
  ::chmod(a.private_key.c_str(), 0644);
  EXPECT_EQ(problems(tls), Texts{"3: warning: [tls] private_key: " + a.private_key +
                                 " can be read by everybody; do: chmod 600 " + a.private_key});
  ::chmod(a.private_key.c_str(), 0600);
  auto result = compose(tls);
  ASSERT_TRUE(result.composition);
  EXPECT_TRUE(result.composition->listen[0].tls);
  // Looked at only where they are used.
  EXPECT_EQ(problems(kHttp + "[tls]\ncertificate = gone.pem\n"), Texts{});
}

TEST_F(CompositionTest, ASocketsPathIsLimitedByTheSystem) {
  const std::string longest = "/" + std::string(106, 's');
  EXPECT_EQ(problems(kHttp + "[server]\ncontrol = " + longest + "\n"), Texts{});
  EXPECT_EQ(problems(kHttp + "[server]\ncontrol = " + longest + "s\n"),
            Texts{"4: [server] control: has 108 bytes as an absolute path; a socket's path has at most 107: choose a "
                  "shorter one"});
}

TEST_F(CompositionTest, TheDatabasesFolderShouldBeThere) {
  EXPECT_EQ(problems(kHttp + "[database]\nurl = sqlite:gone/k.db\n"),
            Texts{"4: warning: [database] url: " + path("gone") +
                  ": there is no such folder; make it, or name another file"});
  EXPECT_EQ(problems(kHttp + "[database]\nurl = sqlite:k.db\n"), Texts{});
}

TEST_F(CompositionTest, ReadsXmlLikeIni) {
  source_.file = path("kavro.xml");
  folder_.write(
      "kavro.xml",
      "<kavro>\n<http><listen>http://127.0.0.1:0</listen></http>\n<plugins><letters>on</letters>"
      "<porter>on</porter><counter>on</counter></plugins>\n<porter><token_secret>0123456789abcdef</token_secret>"
      "</porter><letters>\n<rule.b>one</rule.b>\n<rule.a>two</rule.a>\n</letters>\n</kavro>\n");
  auto xml = registry::compose(source_);
  ASSERT_TRUE(xml.composition) << xml.problems[0].text();
  EXPECT_EQ(xml.composition->plugins.at(2).settings.family("rule").at(0).origin, source_.file + ":5");
  source_.file = path("kavro.ini");
  auto ini = compose(kHttp +
                     "[plugins]\nletters = on\nporter = on\ncounter = on\n[porter]\n"
                     "token_secret = 0123456789abcdef\n[letters]\nrule.b = one\nrule.a = two\n");
  ASSERT_TRUE(ini.composition);
  EXPECT_EQ(xml.composition->kernel, ini.composition->kernel);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(xml.composition->plugins.at(i).settings, ini.composition->plugins.at(i).settings) << i;
  }
}

TEST_F(CompositionTest, ListsAllThatIsThereAndAllThatIsNamed) {
  auto result = compose(kHttp + "[plugins]\nghost = on\nsecond = safe\ncounter = on\n");
  EXPECT_FALSE(result.composition);
  std::map<std::string, std::string> listed;
  for (const PluginListing& plugin : result.plugins) {
    listed[plugin.instance] = plugin.library + (plugin.on ? " on" : " off") + (plugin.manifest ? "" : " broken");
  }
  EXPECT_EQ(listed, (std::map<std::string, std::string>{{"chicken", "chicken off"},
                                                        {"counter", "counter on"},
                                                        {"dreamer", "dreamer off"},
                                                        {"egg", "egg off"},
                                                        {"ghost", "ghost on broken"},
                                                        {"letters", "letters off"},
                                                        {"porter", "porter off"},
                                                        {"safe", "safe off"},
                                                        {"second", "safe on"},
                                                        {"tally", "tally off"}}));
}

TEST_F(CompositionTest, WithoutAFileThereIsOneProblem) {
  source_.file = path("missing.ini");
  auto result = registry::compose(source_);
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].text(), source_.file + ": there is no such file");
  EXPECT_FALSE(result.composition);
}

TEST_F(CompositionTest, UnchangedSettingsCompareEqualAcrossReloads) {
  auto first = compose(kHttp + "[plugins]\ncounter = on\n[counter]\nkeys_max = 5\n");
  auto second = compose("; a comment\n" + kHttp + "[plugins]\ncounter = on\n[counter]\nkeys_max = 5\n");
  auto third = compose(kHttp + "[plugins]\ncounter = on\n[counter]\nkeys_max = 6\n");
  ASSERT_TRUE(first.composition && second.composition && third.composition);
  EXPECT_EQ(first.composition->plugins[0].settings, second.composition->plugins[0].settings);
  EXPECT_NE(first.composition->plugins[0].settings, third.composition->plugins[0].settings);
  EXPECT_EQ(first.composition->kernel, second.composition->kernel);
}

TEST(PluginFolder, IsBesideTheProgramsFolder) {
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  EXPECT_EQ(pluginFolderOfProgram(), program.parent_path().parent_path() / "plugins");
}

}  // namespace
}  // namespace kavro::registry
