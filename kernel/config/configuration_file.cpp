#include "kernel/config/configuration_file.hpp"

#include <algorithm>
#include <utility>

#include "kernel/config/file_content.hpp"
#include "kernel/config/ini_reader.hpp"
#include "kernel/config/xml_reader.hpp"

namespace kavro::config {
namespace {

constexpr std::size_t kKeyBytesMax = 128;

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

// What is said about a file as a whole, in place of a hundred problems with its lines. Empty: nothing.
std::string whyNoConfiguration(std::string_view content, bool xml) {
  if (content.empty()) return "is empty; expected settings, such as those in conf/kavro.ini";
  if (content.find('\0') != std::string_view::npos) {
    return "is no text (it has zero bytes); expected " + std::string(xml ? "XML" : "INI") + " in UTF-8";
  }
  auto first = content.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  if (!xml && content[first] == '<') {
    return "looks like XML, and what does not end in .xml is read as INI; rename it to NAME.xml";
  }
  if (xml && (content[first] == '[' || content[first] == ';' || content[first] == '#')) {
    return "looks like INI, and what ends in .xml is read as XML; rename it to NAME.ini";
  }
  return {};
}

}  // namespace

bool isName(std::string_view text) {
  if (text.empty() || text.size() > kNameBytesMax || !(text[0] >= 'a' && text[0] <= 'z')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || isDigit(c) || c == '-'; });
}

bool isKey(std::string_view text) {
  return !text.empty() && text.size() <= kKeyBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
    return isLetter(c) || isDigit(c) || c == '_' || c == '-' || c == '.';
  });
}

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool isXmlName(std::string_view name) { return name.ends_with(".xml"); }

const FileEntry* FileSection::find(std::string_view key) const {
  auto found = std::find_if(entries.begin(), entries.end(), [&](const FileEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

ConfigurationFile ConfigurationFile::read(const std::string& path, Problems& problems) {
  FileContent content = readFile(path, kFileBytesMax);
  if (content.why.empty()) return parse(content.bytes, path, problems);
  FileBuilder nothing(path, problems);
  nothing.report(0, content.why);
  nothing.markIncomplete();
  return std::move(nothing).finish();
}

ConfigurationFile ConfigurationFile::parse(std::string_view content, const std::string& name, Problems& problems) {
  FileBuilder builder(name, problems);
  std::string why = whyNoConfiguration(content, isXmlName(name));
  if (content.size() > kFileBytesMax) why = "is larger than 1 MiB, which is the most a configuration may have";
  if (!why.empty()) {
    builder.report(0, why);
    builder.markIncomplete();
  } else if (isXmlName(name)) {
    readXml(content, builder);
  } else {
    readIni(content, builder);
  }
  return std::move(builder).finish();
}

const FileSection* ConfigurationFile::findSection(std::string_view name) const {
  auto found = std::find_if(sections_.begin(), sections_.end(),
                            [&](const FileSection& section) { return section.name == name; });
  return found == sections_.end() ? nullptr : &*found;
}

std::string ConfigurationFile::where(std::size_t line) const {
  return line == 0 ? name_ : name_ + ":" + std::to_string(line);
}

void FileBuilder::report(std::size_t line, std::string message) {
  ++count_;
  problems_.push_back({file_.where(line), std::move(message)});
}

bool FileBuilder::isFull(std::size_t line) {
  if (count_ < kFileProblemsMax || full_) return full_;
  full_ = true;
  file_.whole_ = false;
  report(line, "more than " + std::to_string(kFileProblemsMax) + " problems; the rest was not read");
  return true;
}

void FileBuilder::loseSection() {
  current_ = nullptr;
  losing_ = true;
  file_.whole_ = false;
}

void FileBuilder::beginSection(std::size_t line, const std::string& name) {
  if (!isName(name)) {
    loseSection();
    return report(line, "[" + name + "] is no name for a section; those are lower-case letters, digits and -, " +
                            "begin with a letter and have at most " + std::to_string(kNameBytesMax) + " characters");
  }
  losing_ = false;
  auto first = std::find_if(file_.sections_.begin(), file_.sections_.end(),
                            [&](const FileSection& section) { return section.name == name; });
  if (first != file_.sections_.end()) {
    report(line, "[" + name + "] occurs twice; the first time in line " + std::to_string(first->line) +
                     ": put its settings there");
    current_ = &*first;
    return;
  }
  current_ = &file_.sections_.emplace_back();
  current_->name = name;
  current_->line = line;
}

void FileBuilder::add(std::size_t line, const std::string& key, std::string_view value) {
  if (const FileEntry* first = current_->find(key)) {
    return report(line, "[" + current_->name + "] " + key + ": is set twice; the first time in line " +
                            std::to_string(first->line));
  }
  value = trimmed(value);
  if (!value.empty() && value.front() == '"') {
    if (value.size() < 2 || value.back() != '"') {
      return report(line, "[" + current_->name + "] " + key +
                              ": the value begins with a quote and does not end with one; put all of it in quotes");
    }
    value = value.substr(1, value.size() - 2);
  }
  current_->entries.push_back({key, std::string(value), line});
}

}  // namespace kavro::config
