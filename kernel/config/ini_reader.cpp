#include "kernel/config/ini_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>

namespace kavro::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// One pass over a file.
class IniReader {
 public:
  explicit IniReader(FileBuilder& builder) : builder_(builder) {}

  void run(std::string_view content) {
    if (content.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      report(1, "begins with a byte order mark; save it as UTF-8 without one");
      content.remove_prefix(kByteOrderMark.size());
    }
    for (std::size_t number = 1; !content.empty(); ++number) {
      auto end = content.find('\n');
      line(number, content.substr(0, end));
      if (end == std::string_view::npos || builder_.isFull(number)) break;
      content.remove_prefix(end + 1);
    }
  }

 private:
  void report(std::size_t line, std::string message) { builder_.report(line, std::move(message)); }

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
    if (text.size() > kValueBytesMax) {
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
    auto close = text.find(']');
    if (close == std::string_view::npos) {
      builder_.loseSection();
      return report(number, "the section is not closed; write [name]");
    }
    if (close + 1 != text.size()) {
      builder_.loseSection();
      return report(number, "nothing may follow the ] of a section; comments have a line of their own");
    }
    builder_.beginSection(number, std::string(trimmed(text.substr(1, close - 1))));
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
    if (builder_.isLosing()) return;  // that its section is wrong has been said
    if (!builder_.section()) return report(number, key + " stands outside a section; put it below a [section]");
    builder_.add(number, key, text.substr(equals + 1));
  }

  FileBuilder& builder_;
  bool carriage_return_ = false;
};

}  // namespace

void readIni(std::string_view content, FileBuilder& builder) { IniReader(builder).run(content); }

}  // namespace kavro::config
