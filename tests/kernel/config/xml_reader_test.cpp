#include "kernel/config/xml_reader.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace kavro::config {
namespace {

using Texts = std::vector<std::string>;

// The parsed file and its problems, without "a.xml" in front.
struct Outcome {
  ConfigurationFile file;
  Texts problems;
};

Outcome read(const std::string& content) {
  Problems problems;
  Outcome outcome{ConfigurationFile::parse(content, "a.xml", problems), {}};
  for (const Problem& problem : problems) outcome.problems.push_back(problem.text().substr(5));
  return outcome;
}

Texts problemsOf(const std::string& content) { return read(content).problems; }

std::string valueOf(const std::string& xml) {
  Outcome outcome = read("<kavro><a><b>" + xml + "</b></a></kavro>");
  EXPECT_EQ(outcome.problems, Texts{});
  const FileSection* section = outcome.file.findSection("a");
  return section && section->find("b") ? section->find("b")->value : "(none)";
}

TEST(XmlReader, ReadsSectionsAndSettingsWithTheirLines) {
  Outcome outcome = read(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- first -->\n<kavro>\n  <http>\n    <listen>http://a:1</listen>\n"
      "    <empty/>\n  </http>\n  <limiter-memory>\n    <rule.a-B_1>x=y</rule.a-B_1>\n  </limiter-memory>\n</kavro>\n");
  EXPECT_EQ(outcome.problems, Texts{});
  EXPECT_TRUE(outcome.file.whole());
  ASSERT_EQ(outcome.file.sections().size(), 2u);
  const FileSection* http = outcome.file.findSection("http");
  ASSERT_TRUE(http);
  EXPECT_EQ(http->line, 4u);
  ASSERT_EQ(http->entries.size(), 2u);
  EXPECT_EQ(http->entries[0].key, "listen");
  EXPECT_EQ(http->entries[0].value, "http://a:1");
  EXPECT_EQ(http->entries[0].line, 5u);
  EXPECT_EQ(http->find("empty")->value, "");
  EXPECT_EQ(outcome.file.findSection("limiter-memory")->find("rule.a-B_1")->value, "x=y");
}

TEST(XmlReader, TakesValuesAsIniDoes) {
  EXPECT_EQ(valueOf("  x y\t"), "x y");
  EXPECT_EQ(valueOf("\n    one\n    two  \r\n three\n  "), "one two three");
  EXPECT_EQ(valueOf("\"  x \""), "  x ");
  EXPECT_EQ(valueOf("say \"hi\""), "say \"hi\"");
  EXPECT_EQ(valueOf("a &lt; b &amp;&amp; c&#33;"), "a < b && c!");
  EXPECT_EQ(valueOf("<![CDATA[<a>&b]]>c"), "<a>&bc");
  EXPECT_EQ(valueOf("o<!-- a comment -->n"), "on");
  EXPECT_EQ(valueOf("\xC3\xA4\xE2\x82\xAC"), "\xC3\xA4\xE2\x82\xAC");
  EXPECT_EQ(problemsOf("<kavro><a>\n<b>\"x</b></a></kavro>"),
            Texts{":2: [a] b: the value begins with a quote and does not end with one; put all of it in quotes"});
  EXPECT_EQ(problemsOf("<kavro><a><b>x&#127;</b></a></kavro>"), Texts{":1: [a] b: has a control character; remove it"});
}

TEST(XmlReader, ReportsEveryProblemAndReadsTheRest) {
  Outcome outcome = read(
      "<kavro>\n<a>\n<b>1</b>\n<b>2</b>\nhunter2\n<c x=\"hunter2\">3</c>\n<d>x<e>hunter2</e><f/></d>\n</a>\n<A><x>1</x>"
      "</A>\n<a><g>4</g></a>\nhunter2\n<?php hunter2?>\n<q>\n<r:s>1</r:s></q></kavro>\n");
  EXPECT_EQ(outcome.problems,
            (Texts{":4: [a] b: is set twice; the first time in line 3",
                   ":5: [a] has text outside a setting; write <KEY>VALUE</KEY>",
                   ":6: [a] c: has the attribute x; write the value between the tags: <KEY>VALUE</KEY>",
                   ":7: [a] d: has the element <e> in it; a setting holds nothing but its value",
                   ":9: [A] is no name for a section; those are lower-case letters, digits and -, begin with a letter "
                   "and have at most 31 characters",
                   ":10: [a] occurs twice; the first time in line 2: put its settings there",
                   ":11: has text outside a setting; write <KEY>VALUE</KEY>",
                   ":12: has a processing instruction, <?...?>; remove it",
                   ":14: [q] r:s: is no key; those are letters, digits, _, - and ."}));
  EXPECT_FALSE(outcome.file.whole()) << "the settings of <A> are lost";
  const FileSection* section = outcome.file.findSection("a");
  EXPECT_EQ(section->find("b")->value, "1");
  EXPECT_EQ(section->find("c")->value, "3");
  EXPECT_EQ(section->find("d"), nullptr);
  EXPECT_EQ(section->find("g")->value, "4");
}

TEST(XmlReader, RefusesAttributesOfSectionsAndOfTheRoot) {
  EXPECT_EQ(problemsOf("<kavro xmlns=\"http://a/\"><http listen=\"x\"/></kavro>"),
            (Texts{":1: has the attribute xmlns; <kavro> has none",
                   ":1: [http] has the attribute listen; write settings as elements in it: <KEY>VALUE</KEY>"}));
}

TEST(XmlReader, SaysWhereBrokenXmlIsBrokenAndWhy) {
  EXPECT_EQ(
      problemsOf("<kavro>\n<http>\n<listen>x</http>\n</kavro>"),
      Texts{":3: is no well-formed XML: mismatched tag; <listen> of line 3 is open here, and ends with </listen>"});
  EXPECT_EQ(problemsOf("<kavro>\n<http>\n"),
            Texts{":3: is no well-formed XML: no element found; <http> of line 2 is open here, and ends with </http>"});
  EXPECT_EQ(problemsOf("<kavro>\n<a><b>x & y</b></a></kavro>"),
            Texts{":2: is no well-formed XML: not well-formed (invalid token) in column 10; < and & in a value are "
                  "written &lt; and &amp;, and the file is UTF-8"});
  EXPECT_EQ(
      problemsOf("<kavro><a><b>&nbsp;</b></a></kavro>"),
      Texts{":1: is no well-formed XML: undefined entity; there are only &lt; &gt; &amp; &quot; and &apos;, and a "
            "bare & is written &amp;"});
  EXPECT_EQ(problemsOf("<kavro/>\n<kavro/>"),
            Texts{":2: is no well-formed XML: junk after document element; everything goes into one <kavro>"});
  EXPECT_EQ(problemsOf("<!-- nothing -->\n"),
            Texts{":2: is no well-formed XML: no element found; expected <kavro> with the sections in it"});
  EXPECT_EQ(problemsOf("<a>\n<b/></a>"),
            Texts{":1: the outermost element is <a>; expected <kavro>, with a section in it for each element"});
  EXPECT_FALSE(read("<kavro>\n<http>\n").file.whole());
  EXPECT_FALSE(read("<a/>").file.whole());
}

TEST(XmlReader, ReadsNoOtherEncoding) {
  EXPECT_EQ(problemsOf("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<kavro/>"),
            Texts{":1: declares the encoding \"ISO-8859-1\"; save the file as UTF-8, and declare that or nothing"});
  EXPECT_EQ(problemsOf("<kavro><a><b>\xE4</b></a></kavro>").size(), 1u);
  EXPECT_EQ(problemsOf(std::string("<\0k\0", 4)), Texts{": is no text (it has zero bytes); expected XML in UTF-8"});
}

// An external entity would show a file of the server to who reads the configuration back (XXE).
TEST(XmlReader, OpensNoOtherFile) {
  testing::TemporaryFolder folder;
  const std::string secret = folder.write("secret", "hunter2");
  for (const std::string& dtd : {"<!DOCTYPE kavro [<!ENTITY x SYSTEM \"file://" + secret + "\">]>",
                                 "<!DOCTYPE kavro SYSTEM \"file://" + secret + "\">",
                                 "<!DOCTYPE kavro [<!ENTITY % x SYSTEM \"" + secret + "\"> %x;]>"}) {
    Outcome outcome = read("<?xml version=\"1.0\"?>\n" + dtd + "\n<kavro><a><b>&x;</b></a></kavro>");
    EXPECT_EQ(outcome.problems,
              Texts{":2: has a DTD (<!DOCTYPE ...>); remove it: entities and other documents are not read"});
    EXPECT_TRUE(outcome.file.sections().empty());
    EXPECT_FALSE(outcome.file.whole());
  }
}

// Ten entities, each ten times the one before: three gigabytes of "lol", if they were expanded.
TEST(XmlReader, ExpandsNothing) {
  std::string content = "<!DOCTYPE kavro [\n<!ENTITY l0 \"lol\">\n";
  for (int i = 1; i < 10; ++i) {
    content += "<!ENTITY l" + std::to_string(i) + " \"";
    for (int j = 0; j < 10; ++j) content += "&l" + std::to_string(i - 1) + ";";
    content += "\">\n";
  }
  Outcome outcome = read(content + "]>\n<kavro><a><b>&l9;</b></a></kavro>");
  EXPECT_EQ(outcome.problems,
            Texts{":1: has a DTD (<!DOCTYPE ...>); remove it: entities and other documents are not read"});
  EXPECT_TRUE(outcome.file.sections().empty());
}

TEST(XmlReader, HasTheLimitsOfIni) {
  EXPECT_EQ(valueOf(std::string(kValueBytesMax, 'x')), std::string(kValueBytesMax, 'x'));
  EXPECT_EQ(problemsOf("<kavro><a><b>" + std::string(kValueBytesMax + 1, 'x') + "</b></a></kavro>"),
            Texts{":1: [a] b: is longer than 64 KiB, which is the most a value may have"});
  EXPECT_EQ(problemsOf("<kavro>" + std::string(kFileBytesMax, ' ') + "</kavro>"),
            Texts{": is larger than 1 MiB, which is the most a configuration may have"});
  std::string many = "<kavro><a>";
  for (int i = 0; i < 1000; ++i) many += "<b>1</b>\n";
  Texts problems = problemsOf(many + "</a></kavro>");
  ASSERT_EQ(problems.size(), kFileProblemsMax + 1);
  EXPECT_EQ(problems.back(), ":101: more than 100 problems; the rest was not read");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<kavro>";
  problems = problemsOf(deep);
  EXPECT_EQ(problems.back(), ":1: has elements within elements, more than 64");
}

TEST(XmlReader, SaysThatAFileIsRatherIni) {
  EXPECT_EQ(problemsOf("; comment\n[http]\n"),
            Texts{": looks like INI, and what ends in .xml is read as XML; rename it to NAME.ini"});
}

}  // namespace
}  // namespace kavro::config
