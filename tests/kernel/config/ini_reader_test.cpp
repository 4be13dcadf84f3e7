#include "kernel/config/ini_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temporary_folder.hpp"

namespace kavro::config {
namespace {

std::vector<std::string> problemsOf(const std::string& content) {
  Problems problems;
  ConfigurationFile::parse(content, "a.ini", problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.text());
  return texts;
}

using Texts = std::vector<std::string>;

TEST(IniReader, ReadsSectionsAndSettingsWithTheirLines) {
  Problems problems;
  ConfigurationFile file = ConfigurationFile::parse(
      "; first\n\n[http]\n  listen = http://a:1 http://b:2 \n\t; second\nempty=\n[limiter-memory]\nrule.a-B_1 = x=y ; "
      "z\n",
      "a.ini", problems);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(file.sections().size(), 2u);
  const FileSection* http = file.findSection("http");
  ASSERT_TRUE(http);
  EXPECT_EQ(http->line, 3u);
  ASSERT_EQ(http->entries.size(), 2u);
  EXPECT_EQ(http->entries[0].key, "listen");
  EXPECT_EQ(http->entries[0].value, "http://a:1 http://b:2");
  EXPECT_EQ(http->entries[0].line, 4u);
  EXPECT_EQ(http->find("empty")->value, "");
  EXPECT_EQ(http->find("nothing"), nullptr);
  EXPECT_EQ(file.findSection("limiter-memory")->find("rule.a-B_1")->value, "x=y ; z");
  EXPECT_EQ(file.findSection("tls"), nullptr);
  EXPECT_EQ(file.where(4), "a.ini:4");
  EXPECT_EQ(file.where(0), "a.ini");
}

TEST(IniReader, TakesOnePairOfQuotesOff) {
  Problems problems;
  ConfigurationFile file = ConfigurationFile::parse(
      "[a]\nb = \"  x \"\nc = \"\"\nd = \"say \"hi\"\"\ne = a \"b\"\nf = \"x\\n\"", "a.ini", problems);
  EXPECT_TRUE(problems.empty());
  const FileSection* section = file.findSection("a");
  EXPECT_EQ(section->find("b")->value, "  x ");
  EXPECT_EQ(section->find("c")->value, "");
  EXPECT_EQ(section->find("d")->value, "say \"hi\"");
  EXPECT_EQ(section->find("e")->value, "a \"b\"");
  EXPECT_EQ(section->find("f")->value, "x\\n") << "there are no escapes";
}

TEST(IniReader, AcceptsAFileWithoutSettingsAndAMissingLastNewline) {
  EXPECT_EQ(problemsOf("\n\n"), Texts{});
  EXPECT_EQ(problemsOf("; nothing is set\n"), Texts{});
  EXPECT_EQ(problemsOf("[a]\nb = c"), Texts{});
  EXPECT_EQ(problemsOf("[a]\nb = \xC3\xA4\xE2\x82\xAC"), Texts{});
}

TEST(IniReader, ReportsEveryProblemAndReadsTheRest) {
  Problems problems;
  ConfigurationFile file = ConfigurationFile::parse("a = 1\n[b\nc = 1\n[d]\ne\n# f\ng = 1\n", "a.ini", problems);
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_EQ(problems[0].text(), "a.ini:1: a stands outside a section; put it below a [section]");
  EXPECT_EQ(problems[1].text(), "a.ini:2: the section is not closed; write [name]");
  EXPECT_EQ(problems[2].text(), "a.ini:5: is neither a section, a setting nor a comment; a setting is key = value");
  EXPECT_EQ(problems[3].text(), "a.ini:6: comments start with ;");
  EXPECT_EQ(file.findSection("d")->find("g")->value, "1");
  EXPECT_FALSE(file.whole()) << "the settings of [b are lost";
  problems.clear();
  EXPECT_TRUE(ConfigurationFile::parse("[a]\n# x\ny\n", "a.ini", problems).whole());
}

TEST(IniReader, NeverRepeatsALineThatItDoesNotUnderstand) {
  for (const char* line : {"hunter2", "hunter2 hunter2", "= hunter2", "hunter2!: = x", "[hunter2"}) {
    for (const std::string& text : problemsOf(std::string("[a]\n") + line + "\n")) {
      EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
    }
  }
}

TEST(IniReader, RefusesControlCharactersAndOtherEncodings) {
  EXPECT_EQ(problemsOf("[a]\nb = x\x01y"), Texts{"a.ini:2: has a control character, 0x01, in column 6; remove it"});
  EXPECT_EQ(problemsOf("[a]\nb = \x7f"), Texts{"a.ini:2: has a control character, 0x7f, in column 5; remove it"});
  EXPECT_EQ(problemsOf("[a]\nb = a\rb"), Texts{"a.ini:2: has a control character, 0x0d, in column 6; remove it"});
  EXPECT_EQ(problemsOf("; \xE4\n[a]"), Texts{"a.ini:1: is not UTF-8; save the file in that encoding"});
}

TEST(IniReader, LimitsTheLine) {
  std::string fits = "b = " + std::string(kValueBytesMax - 4, 'x');
  EXPECT_EQ(problemsOf("[a]\n" + fits + "\n"), Texts{});
  EXPECT_EQ(problemsOf("[a]\n" + fits + "x\n"),
            Texts{"a.ini:2: is longer than 64 KiB, which is the most a line may have"});
}

TEST(IniReader, LimitsTheFile) {
  std::string line = ";" + std::string(1022, 'x') + "\n";
  std::string content;
  for (int i = 0; i < 1024; ++i) content += line;
  ASSERT_EQ(content.size(), kFileBytesMax);
  EXPECT_EQ(problemsOf(content), Texts{});
  EXPECT_EQ(problemsOf(content + "\n"),
            Texts{"a.ini: is larger than 1 MiB, which is the most a configuration may have"});
  testing::TemporaryFolder folder;
  Problems problems;
  std::string path = folder.write("big.ini", content + "\n");
  EXPECT_FALSE(ConfigurationFile::read(path, problems).whole());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].text(), path + ": is larger than 1024 KiB, the most that is read");
}

TEST(IniReader, LimitsTheProblems) {
  std::string content;
  for (int i = 0; i < 1000; ++i) content += "x\n";
  auto texts = problemsOf(content);
  ASSERT_EQ(texts.size(), kFileProblemsMax + 1);
  EXPECT_EQ(texts.back(), "a.ini:100: more than 100 problems; the rest was not read");
}

TEST(IniReader, SaysWhyAFileCannotBeRead) {
  testing::TemporaryFolder folder;
  auto why = [](const std::string& path) {
    Problems problems;
    EXPECT_FALSE(ConfigurationFile::read(path, problems).whole());
    return problems.empty() ? std::string() : problems[0].text();
  };
  std::string missing = (folder.path() / "missing.ini").string();
  EXPECT_EQ(why(missing), missing + ": there is no such file");
  EXPECT_EQ(why(folder.path().string()), folder.path().string() + ": is a folder, not a file");
  std::string pipe = (folder.path() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(why(pipe), pipe + ": is not a regular file") << "and it must not wait for a writer";
}

TEST(IniReader, SaysOnceWhatIsNoIniAtAll) {
  EXPECT_EQ(problemsOf(""), Texts{"a.ini: is empty; expected settings, such as those in conf/kavro.ini"});
  EXPECT_EQ(problemsOf(std::string("[a]\nb = x\0y", 11)),
            Texts{"a.ini: is no text (it has zero bytes); expected INI in UTF-8"});
  EXPECT_EQ(problemsOf("\n <kavro>\n</kavro>\n"),
            Texts{"a.ini: looks like XML, and what does not end in .xml is read as INI; rename it to NAME.xml"});
}

TEST(IniReader, KnowsNamesAndKeys) {
  EXPECT_TRUE(isName("a"));
  EXPECT_TRUE(isName("limiter-memory2"));
  EXPECT_TRUE(isName(std::string(31, 'a')));
  for (std::string name : {std::string(), std::string("A"), std::string("1a"), std::string("-a"), std::string("a_b"),
                           std::string("a.b"), std::string(32, 'a')}) {
    EXPECT_FALSE(isName(name)) << name;
  }
  EXPECT_TRUE(isKey("rule.X-Frame_1"));
  EXPECT_FALSE(isKey("a b"));
  EXPECT_FALSE(isKey("a*"));
  EXPECT_FALSE(isKey(std::string(129, 'a')));
}

}  // namespace
}  // namespace kavro::config
