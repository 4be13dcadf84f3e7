#include "tests/fuzz/configuration_text.hpp"

#include <algorithm>
#include <set>

#include "tests/fuzz/fuzz.hpp"

namespace kavro::fuzz {
namespace {

using config::ConfigurationFile;
using config::FileEntry;
using config::FileSection;

bool isBlank(char c) { return c == ' ' || c == '\t'; }

std::string quoted(const std::string& value) {
  const bool needed = !value.empty() && (isBlank(value.front()) || isBlank(value.back()) || value.front() == '"');
  return needed ? '"' + value + '"' : value;
}

// A name of XML begins with a letter or "_".
bool isXmlKey(const std::string& key) {
  return !key.empty() && ((key[0] >= 'a' && key[0] <= 'z') || (key[0] >= 'A' && key[0] <= 'Z') || key[0] == '_');
}

// U+FFFE and U+FFFF, which are no characters of XML.
bool hasNonCharacter(const std::string& value) {
  return value.find("\xEF\xBF\xBE") != std::string::npos || value.find("\xEF\xBF\xBF") != std::string::npos;
}

std::string describe(const ConfigurationFile& file) {
  std::string text;
  for (const FileSection& section : file.sections()) {
    text += "[" + section.name + "]\n";
    for (const FileEntry& entry : section.entries) text += entry.key + "=<" + entry.value + ">\n";
  }
  return text;
}

}  // namespace

std::string writtenAsIni(const ConfigurationFile& file) {
  std::string text;
  for (const FileSection& section : file.sections()) {
    text += "[" + section.name + "]\n";
    for (const FileEntry& entry : section.entries) text += entry.key + " = " + quoted(entry.value) + "\n";
  }
  return text;
}

std::string writtenAsXml(const ConfigurationFile& file) {
  std::string text = "<kavro>";
  for (const FileSection& section : file.sections()) {
    text += "<" + section.name + ">";
    for (const FileEntry& entry : section.entries) {
      if (!isXmlKey(entry.key) || hasNonCharacter(entry.value)) return {};
      text += "<" + entry.key + ">";
      for (const char c : quoted(entry.value)) {
        if (c == '<') {
          text += "&lt;";
        } else if (c == '>') {
          text += "&gt;";
        } else if (c == '&') {
          text += "&amp;";
        } else {
          text += c;
        }
      }
      text += "</" + entry.key + ">\n";
    }
    text += "</" + section.name + ">\n";
  }
  return text + "</kavro>\n";
}

void requireSame(const ConfigurationFile& file, const std::string& text, const std::string& name) {
  config::Problems problems;
  const ConfigurationFile again = ConfigurationFile::parse(text, name, problems);
  require(problems.empty(), "no problem with what was written",
          problems.empty() ? "" : problems[0].text() + "\n" + text);
  require(describe(again) == describe(file), "the same when it is written again", describe(again) + describe(file));
}

void checkRoundTrips(const ConfigurationFile& file) {
  if (file.sections().empty()) return;  // blanks and comments; nothing at all is refused as an empty file
  requireSame(file, writtenAsIni(file), "again.ini");
  if (const std::string xml = writtenAsXml(file); !xml.empty()) requireSame(file, xml, "again.xml");
}

void checkReading(const ConfigurationFile& file, const config::Problems& problems) {
  // A line may have several.
  require(problems.size() <= config::kFileProblemsMax + 8, "a bounded number of problems");
  for (const config::Problem& problem : problems) {
    require(!problem.message.empty() && problem.where.starts_with(file.name()), "a message with its place");
    require(problem.text().find('\n') == std::string::npos, "a message of one line", problem.text());
  }
  std::set<std::string> sections;
  for (const FileSection& section : file.sections()) {
    require(config::isName(section.name) && sections.insert(section.name).second, "each section once", section.name);
    std::set<std::string> keys;
    for (const FileEntry& entry : section.entries) {
      require(config::isKey(entry.key) && keys.insert(entry.key).second, "each key once", entry.key);
      require(entry.value.size() <= config::kValueBytesMax, "a value within its limit");
      require(section.find(entry.key) == &entry, "an entry to be found");
    }
  }
}

}  // namespace kavro::fuzz
