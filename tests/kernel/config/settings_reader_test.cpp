#include "kernel/config/settings_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temporary_folder.hpp"

namespace kavro::config {
namespace {

const Schema kSchema({
    {.key = "ttl", .type = SettingType::kDuration, .default_value = "1h", .minimum = "1s", .summary = "S"},
    {.key = "name", .summary = "S"},
    {.key = "archive", .type = SettingType::kPath, .default_value = "var/a", .summary = "S"},
    {.key = "secret", .type = SettingType::kSecret, .minimum = "4", .summary = "Signs tokens"},
    {.key = "rule.*", .summary = "S"},
    {.key = "key.*", .type = SettingType::kSecret, .summary = "S"},
});

const Schema kRequired({{.key = "secret", .type = SettingType::kSecret, .required = true, .summary = "Signs tokens"},
                        {.key = "name", .required = true, .summary = "Who"}});

class SettingsReaderTest : public ::testing::Test {
 protected:
  SettingsReaderTest() {
    source_.name = "auth";
    source_.where = "a.ini:1";
    source_.home = "/srv/kavro";
  }

  Settings read(const Schema& schema = kSchema, Completeness completeness = Completeness::kComplete) {
    problems_.clear();
    return readSettings(schema, source_, completeness, problems_);
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> result;
    for (const Problem& problem : problems_) result.push_back(problem.text());
    return result;
  }

  std::string secretFile(const std::string& name, const std::string& content, mode_t mode = 0600) {
    std::string path = folder_.write(name, content);
    ::chmod(path.c_str(), mode);
    return path;
  }

  testing::TemporaryFolder folder_;
  SectionSource source_;
  Problems problems_;
};

using Texts = std::vector<std::string>;

TEST_F(SettingsReaderTest, FillsInDefaults) {
  Settings settings = read();
  EXPECT_EQ(texts(), Texts{});
  EXPECT_EQ(settings.integer("ttl"), 3'600'000);
  EXPECT_EQ(settings.text("ttl"), "1h");
  EXPECT_EQ(settings.origin("ttl"), "default");
  EXPECT_EQ(settings.text("archive"), "/srv/kavro/var/a");
  EXPECT_EQ(settings.text("name"), std::nullopt);
  EXPECT_EQ(settings.integer("archive"), std::nullopt);
  EXPECT_EQ(settings.text("nonsense"), std::nullopt);
  EXPECT_EQ(settings.getInteger("ttl"), 3'600'000);
  EXPECT_THROW(settings.getText("name"), std::logic_error);
  EXPECT_THROW(settings.getInteger("archive"), std::logic_error);
}

TEST_F(SettingsReaderTest, KeepsThePrecedence) {
  source_.file = {{"ttl", "2h", "a.ini:2"}};
  EXPECT_EQ(read().text("ttl"), "2h");
  source_.environment = {{"ttl", "3h", "environment KAVRO_AUTH_TTL"}};
  EXPECT_EQ(read().text("ttl"), "3h");
  source_.command_line = {{"ttl", "4h", "--set auth.ttl"}, {"ttl", "5h", "--set auth.ttl"}};
  EXPECT_EQ(read().text("ttl"), "5h");
  EXPECT_EQ(read().origin("ttl"), "--set auth.ttl");
  EXPECT_EQ(texts(), Texts{});
}

TEST_F(SettingsReaderTest, ChecksWhatIsOverriddenToo) {
  source_.file = {{"ttl", "soon", "a.ini:2"}};
  source_.environment = {{"ttl", "3h", "environment KAVRO_AUTH_TTL"}};
  read();
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_EQ(problems_[0].where, "a.ini:2");
}

TEST_F(SettingsReaderTest, ReportsWhatItDoesNotKnow) {
  source_.file = {{"tll", "hunter2", "a.ini:2"}, {"colour", "hunter2", "a.ini:3"}, {"ttl_file", "x", "a.ini:4"}};
  read();
  EXPECT_EQ(texts(), (Texts{"a.ini:2: [auth] tll: no such setting; did you mean ttl?",
                            "a.ini:3: [auth] colour: no such setting; [auth] has ttl, name, archive, secret, "
                            "secret_file, rule.NAME, key.NAME and key.NAME_file",
                            "a.ini:4: [auth] ttl_file: no such setting; [auth] has ttl, name, archive, secret, "
                            "secret_file, rule.NAME, key.NAME and key.NAME_file"}));
  read(Schema());
  EXPECT_EQ(texts()[0], "a.ini:2: [auth] tll: no such setting; [auth] has no settings");
}

TEST_F(SettingsReaderTest, FamiliesKeepTheOrderOfTheFile) {
  source_.file = {{"rule.z", "1", "a.ini:2"}, {"name", "x", "a.ini:3"}, {"rule.a", "2", "a.ini:4"}};
  source_.environment = {{"rule.z", "3", "environment KAVRO_AUTH_RULE_Z"}, {"rule.b", "4", "environment B"}};
  Settings settings = read();
  auto members = settings.family("rule.*");
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0].name, "z");
  EXPECT_EQ(members[0].value, "3");
  EXPECT_EQ(members[0].origin, "environment KAVRO_AUTH_RULE_Z");
  EXPECT_EQ(members[1].name, "a");
  EXPECT_EQ(members[1].origin, "a.ini:4");
  EXPECT_EQ(members[2].name, "b");
  EXPECT_EQ(settings.family("rule").size(), 3u);
  EXPECT_EQ(settings.family("rule.").size(), 3u);
  EXPECT_EQ(settings.family("rul").size(), 0u);
}

TEST_F(SettingsReaderTest, PathsStartAtHome) {
  auto path = [&](const std::string& text) {
    source_.file = {{"archive", text, "a.ini:2"}};
    return std::string(*read().text("archive"));
  };
  EXPECT_EQ(path("x/y"), "/srv/kavro/x/y");
  EXPECT_EQ(path("../x/./"), "/srv/x");
  EXPECT_EQ(path("/etc/x"), "/etc/x");
  EXPECT_EQ(path("-"), "-");
  EXPECT_EQ(absolutePath("/srv/kavro/conf", ".."), "/srv/kavro");
  EXPECT_EQ(absolutePath("/", "."), "/");
}

TEST_F(SettingsReaderTest, ReadsSecretsFromTheFileItself) {
  source_.file = {{"secret", "open sesame", "a.ini:2"}};
  Settings settings = read();
  EXPECT_EQ(texts(), Texts{});
  EXPECT_EQ(settings.text("secret"), "open sesame");
  EXPECT_TRUE(settings.isSecret("secret"));
  EXPECT_FALSE(settings.isSecret("ttl"));
}

TEST_F(SettingsReaderTest, ReadsSecretsFromFiles) {
  source_.home = folder_.path();
  secretFile("s", "open sesame\n");
  source_.file = {{"secret_file", "s", "a.ini:2"}, {"key.one_file", secretFile("k", "k1\r\n"), "a.ini:3"}};
  Settings settings = read();
  EXPECT_EQ(texts(), Texts{});
  EXPECT_EQ(settings.text("secret"), "open sesame");
  EXPECT_EQ(settings.text("secret_file"), std::nullopt);
  ASSERT_EQ(settings.family("key").size(), 1u);
  EXPECT_EQ(settings.family("key")[0].name, "one");
  EXPECT_EQ(settings.family("key")[0].value, "k1");
  secretFile("s", "two\nlines\n\n");
  EXPECT_EQ(read().text("secret"), "two\nlines\n") << "only one newline is not part of it";
}

TEST_F(SettingsReaderTest, WarnsOfSecretsThatOthersCanRead) {
  std::string path = secretFile("s", "open sesame\n", 0640);
  source_.file = {{"secret_file", path, "a.ini:2"}};
  EXPECT_EQ(read().text("secret"), "open sesame");
  EXPECT_EQ(texts(), Texts{"a.ini:2: warning: [auth] secret_file: " + path +
                           " is open to others than its owner (mode 0640); do: chmod 600 " + path});
  EXPECT_EQ(countErrors(problems_), 0u);
}

TEST_F(SettingsReaderTest, ReportsSecretFilesThatCannotBeUsed) {
  std::string missing = (folder_.path() / "missing").string();
  source_.file = {{"secret_file", missing, "a.ini:2"}};
  EXPECT_EQ(read().text("secret"), std::nullopt);
  EXPECT_EQ(texts(), Texts{"a.ini:2: [auth] secret_file: " + missing + ": there is no such file"});
  std::string empty = secretFile("empty", "\n");
  source_.file = {{"secret_file", empty, "a.ini:2"}};
  read();
  EXPECT_EQ(texts(), Texts{"a.ini:2: [auth] secret_file: " + empty + ": the file is empty; it must hold the secret"});
  std::string brief = secretFile("brief", "abc");
  source_.file = {{"secret_file", brief, "a.ini:2"}};
  read();
  EXPECT_EQ(texts(), Texts{"a.ini:2: [auth] secret_file: " + brief + ": has 3 bytes, which is below the minimum, 4"});
  std::string huge = secretFile("huge", std::string(kSecretFileBytesMax + 1, 'x'));
  source_.file = {{"secret_file", huge, "a.ini:2"}};
  read();
  EXPECT_EQ(texts(), Texts{"a.ini:2: [auth] secret_file: " + huge + ": is larger than 64 KiB, the most that is read"});
  source_.file = {{"secret_file", "", "a.ini:2"}};
  read();
  EXPECT_EQ(texts(), Texts{"a.ini:2: [auth] secret_file: is empty; give it the path of a file, or leave it out"});
}

TEST_F(SettingsReaderTest, ASecretComesInOneWayPerLevel) {
  std::string path = secretFile("s", "from file");
  source_.file = {{"secret", "in the clear", "a.ini:2"}, {"secret_file", path, "a.ini:3"}};
  read();
  EXPECT_EQ(texts(), Texts{"a.ini:3: [auth] secret_file: the secret is also given as secret; keep one of the two"});
  // On two levels the later one wins, and the file of the earlier one need not be there.
  source_.file = {{"secret_file", "/missing", "a.ini:3"}};
  source_.environment = {{"secret", "from environment", "environment KAVRO_AUTH_SECRET"}};
  EXPECT_EQ(read().text("secret"), "from environment");
  EXPECT_EQ(texts(), Texts{});
}

TEST_F(SettingsReaderTest, CredentialsStandBetweenFileAndEnvironment) {
  source_.credentials_folder = folder_.path();
  secretFile("auth.secret", "from systemd\n", 0400);
  source_.file = {{"secret", "from the file", "a.ini:2"}};
  Settings settings = read();
  EXPECT_EQ(settings.text("secret"), "from systemd");
  EXPECT_EQ(settings.origin("secret"), "credential auth.secret");
  source_.environment = {{"secret", "from environment", "environment KAVRO_AUTH_SECRET"}};
  EXPECT_EQ(read().text("secret"), "from environment");
  EXPECT_EQ(texts(), Texts{});
}

TEST_F(SettingsReaderTest, AsksForWhatIsRequired) {
  read(kRequired);
  EXPECT_EQ(texts(), (Texts{"a.ini:1: [auth] secret: is required and not set (Signs tokens); set it, secret_file or "
                            "KAVRO_AUTH_SECRET",
                            "a.ini:1: [auth] name: is required and not set (Who)"}));
  read(kRequired, Completeness::kGivenOnly);
  EXPECT_EQ(texts(), Texts{});
  // Given and refused, or misspelt, is not also missing.
  source_.file = {{"secret", "", "a.ini:2"}, {"nmae", "x", "a.ini:3"}};
  Settings settings = read(kRequired);
  EXPECT_TRUE(settings.wasRefused("secret"));
  EXPECT_TRUE(settings.wasRefused("name"));
  EXPECT_FALSE(settings.wasRefused("other"));
  EXPECT_EQ(texts(), (Texts{"a.ini:2: [auth] secret: is empty; give it a secret, or leave the line out",
                            "a.ini:3: [auth] nmae: no such setting; did you mean name?"}));
}

TEST_F(SettingsReaderTest, ASectionThatIsOffOpensNoFile) {
  source_.file = {{"secret_file", "/missing", "a.ini:2"}, {"ttl", "soon", "a.ini:3"}};
  read(kSchema, Completeness::kGivenOnly);
  ASSERT_EQ(texts().size(), 1u);
  EXPECT_EQ(problems_[0].where, "a.ini:3");
}

TEST_F(SettingsReaderTest, ComparesByWhatCounts) {
  source_.file = {{"ttl", "2h", "a.ini:2"}, {"rule.a", "1", "a.ini:3"}};
  Settings first = read();
  source_.file = {{"ttl", "2h", "b.ini:20"}, {"rule.a", "1", "b.ini:30"}};
  EXPECT_EQ(first, read());
  source_.file[0].value = "3h";
  EXPECT_NE(first, read());
  source_.file = {{"ttl", "2h", "a.ini:2"}, {"rule.a", "1", "a.ini:3"}, {"rule.b", "1", "a.ini:4"}};
  EXPECT_NE(first, read());
}

TEST_F(SettingsReaderTest, ViewsOutliveTheOriginalThroughACopy) {
  source_.file = {{"name", "a name that is too long for a small string", "a.ini:2"}};
  Settings copy;
  std::string_view view;
  {
    Settings original = read();
    view = *original.text("name");
    copy = original;
  }
  EXPECT_EQ(view, "a name that is too long for a small string");
}

}  // namespace
}  // namespace kavro::config
