#include "kernel/config/ini_file.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "kernel/config/file_content.hpp"

namespace kavro::config {
namespace {

constexpr std::size_t kKeyBytesMax = 128;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

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

// The state of one pass over a file.
class IniParser {
 public:
  IniParser(IniFile& file, Problems& problems) : file_(file), problems_(problems) {}

  void run(std::string_view content) {
    if (content.size() > kIniFileBytesMax) {
      file_.whole_ = false;
      report(0, "is larger than 1 MiB, which is the most a configuration may have");
      return;
    }
    if (content.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      report(1, "begins with a byte order mark; save it as UTF-8 without one");
      content.remove_prefix(kByteOrderMark.size());
    }
    for (std::size_t number = 1; !content.empty(); ++number) {
      auto end = content.find('\n');
      line(number, content.substr(0, end));
      if (end == std::string_view::npos) break;
      content.remove_prefix(end + 1);
      if (count_ >= kIniProblemsMax) {
        file_.whole_ = false;
        report(number, "more than " + std::to_string(kIniProblemsMax) + " problems; the rest was not read");
        break;
      }
    }
  }

 private:
  void report(std::size_t line, std::string message) {
    ++count_;
    problems_.push_back({file_.where(line), std::move(message)});
  }

  void line(std::size_t number, std::string_view text) {
    if (!text.empty() && text.back() == '\r') {
      // Once is enough: a file has it in all its lines.
      if (!carriage_return_) report(number, "ends with CR LF; save the file with Unix line ends (LF)");
      carriage_return_ = true;
      text.remove_suffix(1);
    }
    if (!acceptable(number, text)) return;
    text = trimmed(text);
    if (text.empty() || text[0] == ';') return;
    if (text[0] == '#') return report(number, "comments start with ;");
    if (text[0] == '[') return section(number, text);
    setting(number, text);
  }

  bool acceptable(std::size_t number, std::string_view text) {
    if (text.size() > kIniLineBytesMax) {
      report(number, "is longer than 64 KiB, which is the most a line may have");
      return false;
    }
    if (!simdjson::validate_utf8(text)) {
      report(number, "is not UTF-8; save the file in that encoding");
      return false;
    }
    auto control = std::find_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
    if (control != text.end()) {
      static constexpr char kHex[] = "0123456789abcdef";
      auto byte = static_cast<unsigned char>(*control);
      report(number, std::string("has a control character, 0x") + kHex[byte >> 4] + kHex[byte & 15] + ", in column " +
                         std::to_string(control - text.begin() + 1) + "; remove it");
      return false;
    }
    return true;
  }

  void section(std::size_t number, std::string_view text) {
    current_ = nullptr;
    bool whole = std::exchange(file_.whole_, false);
    ignoring_ = true;  // the settings below a header that is wrong are not "outside a section"
    auto close = text.find(']');
    if (close == std::string_view::npos) return report(number, "the section is not closed; write [name]");
    if (close + 1 != text.size()) {
      return report(number, "nothing may follow the ] of a section; comments have a line of their own");
    }
    std::string name(trimmed(text.substr(1, close - 1)));
    if (!isName(name)) {
      return report(number, "[" + name + "] is no name for a section; those are lower-case letters, digits and -, " +
                                "begin with a letter and have at most " + std::to_string(kNameBytesMax) +
                                " characters");
    }
    ignoring_ = false;
    file_.whole_ = whole;
    if (const IniSection* first = file_.findSection(name)) {
      report(number, "[" + name + "] occurs twice; the first time in line " + std::to_string(first->line) +
                         ": put its settings there");
      current_ = const_cast<IniSection*>(first);  // ours: file_ is not const here
      return;
    }
    current_ = &file_.sections_.emplace_back();
    current_->name = name;
    current_->line = number;
  }

  void setting(std::size_t number, std::string_view text) {
    // Of a line that is not understood nothing is quoted: it may be a secret.
    auto equals = text.find('=');
    if (equals == std::string_view::npos) {
      return report(number, "is neither a section, a setting nor a comment; a setting is key = value");
    }
    std::string key(trimmed(text.substr(0, equals)));
    if (key.empty()) return report(number, "has no key in front of the =; a setting is key = value");
    if (!isKey(key)) {
      return report(number, "the text in front of the = is no key; those are letters, digits, _, - and .");
    }
    if (!current_) {
      if (!ignoring_) report(number, key + " stands outside a section; put it below a [section]");
      return;
    }
    if (const IniEntry* first = current_->find(key)) {
      return report(number, "[" + current_->name + "] " + key + ": is set twice; the first time in line " +
                                std::to_string(first->line));
    }
    std::string_view value = trimmed(text.substr(equals + 1));
    if (!value.empty() && value.front() == '"') {
      if (value.size() < 2 || value.back() != '"') {
        return report(number, "[" + current_->name + "] " + key +
                                  ": the value begins with a quote and does not end with one; put all of it in "
                                  "quotes");
      }
      value = value.substr(1, value.size() - 2);
    }
    current_->entries.push_back({key, std::string(value), number});
  }

  IniFile& file_;
  Problems& problems_;
  IniSection* current_ = nullptr;
  bool ignoring_ = false;
  bool carriage_return_ = false;
  std::size_t count_ = 0;
};

const IniEntry* IniSection::find(std::string_view key) const {
  auto found = std::find_if(entries.begin(), entries.end(), [&](const IniEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

IniFile IniFile::read(const std::string& path, Problems& problems) {
  FileContent content = readFile(path, kIniFileBytesMax);
  if (!content.why.empty()) {
    IniFile file;
    file.name_ = path;
    file.whole_ = false;
    problems.push_back({path, content.why});
    return file;
  }
  return parse(content.bytes, path, problems);
}

IniFile IniFile::parse(std::string_view content, const std::string& name, Problems& problems) {
  IniFile file;
  file.name_ = name;
  IniParser(file, problems).run(content);
  return file;
}

const IniSection* IniFile::findSection(std::string_view name) const {
  auto found =
      std::find_if(sections_.begin(), sections_.end(), [&](const IniSection& section) { return section.name == name; });
  return found == sections_.end() ? nullptr : &*found;
}

std::string IniFile::where(std::size_t line) const { return line == 0 ? name_ : name_ + ":" + std::to_string(line); }

}  // namespace kavro::config
