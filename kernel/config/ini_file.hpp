// An INI file, read strictly: what looks like a mistake is one.
//
//   file     = *line                      UTF-8 without byte order mark, lines end with LF, at most 1 MiB
//   line     = blank / comment / section / setting, at most 64 KiB; blanks around it do not count
//   comment  = ";" anything               a line of its own: in a value, ";" is part of the value
//   section  = "[" name "]"               name: [a-z][a-z0-9-]{0,30}; each at most once
//   setting  = key "=" value              key: letters, digits, "_", "-", "."; each at most once in its section
//   value    = text, trimmed; when it begins and ends with a double quote, that pair is taken off and everything
//              between is kept as it is: blanks, further quotes. There are no escapes and no continuation lines.
//
// Two readers of one file disagree sooner or later, so this is the only one: line numbers, values and problems come
// from the same pass. All problems of a file are reported, up to kIniProblemsMax.
//
// A value type; no function keeps anything. Safe to use from many threads when const.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/problem.hpp"

namespace kavro::config {

inline constexpr std::size_t kIniFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kIniLineBytesMax = 64 * 1024;
inline constexpr std::size_t kIniProblemsMax = 100;
inline constexpr std::size_t kNameBytesMax = 31;  // of a section, and so of a plugin

// A section's or plugin's name: [a-z][a-z0-9-]{0,30}.
bool isName(std::string_view text);
// A setting's key: one or more letters, digits, '_', '-' or '.', at most 128.
bool isKey(std::string_view text);
// Without the blanks (space, tab) around it.
std::string_view trimmed(std::string_view text);

struct IniEntry {
  std::string key;
  std::string value;
  std::size_t line = 0;
};

struct IniSection {
  std::string name;
  std::size_t line = 0;
  std::vector<IniEntry> entries;  // in the order of the file

  const IniEntry* find(std::string_view key) const;
};

class IniFile {
 public:
  // Reads the file at `path`; messages name it just so. What could be understood is returned even with problems.
  static IniFile read(const std::string& path, Problems& problems);
  static IniFile parse(std::string_view content, const std::string& name, Problems& problems);

  const std::string& name() const { return name_; }
  // False when the file could not be read, or a section's header not be understood: then settings are missing in the
  // result that are in the file, and nothing follows from their absence.
  bool whole() const { return whole_; }
  const std::vector<IniSection>& sections() const { return sections_; }
  const IniSection* findSection(std::string_view name) const;

  // "conf/kavro.ini:14"; for line 0 the file alone.
  std::string where(std::size_t line) const;

 private:
  friend class IniParser;

  std::string name_;
  bool whole_ = true;
  std::vector<IniSection> sections_;
};

}  // namespace kavro::config
