// A configuration file, whichever way it is written: sections with settings, each with its line.
//
// The format follows from the ending of the name: NAME.xml is XML (xml_reader.hpp), everything else is INI
// (ini_reader.hpp). Both say the same: the same sections, the same keys, the same values; both are read strictly and
// report all that is wrong, up to kFileProblemsMax.
//
// A value type; no function keeps anything. Safe to use from many threads when const.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/problem.hpp"

namespace kavro::config {

inline constexpr std::size_t kFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kValueBytesMax = 64 * 1024;  // of a line in INI, of a value in XML
inline constexpr std::size_t kFileProblemsMax = 100;
inline constexpr std::size_t kNameBytesMax = 31;  // of a section, and so of a plugin

// A section's or plugin's name: [a-z][a-z0-9-]{0,30}.
bool isName(std::string_view text);
// A setting's key: one or more letters, digits, '_', '-' or '.', at most 128.
bool isKey(std::string_view text);
// Without the blanks (space, tab) around it.
std::string_view trimmed(std::string_view text);
// True for a file name that ends in .xml.
bool isXmlName(std::string_view name);

struct FileEntry {
  std::string key;
  std::string value;
  std::size_t line = 0;
};

struct FileSection {
  std::string name;
  std::size_t line = 0;
  std::vector<FileEntry> entries;  // in the order of the file

  const FileEntry* find(std::string_view key) const;
};

class ConfigurationFile {
 public:
  // Reads the file at `path`; messages name it just so. What could be understood is returned even with problems.
  static ConfigurationFile read(const std::string& path, Problems& problems);
  // The same for a content that is there. `name` says which format it has.
  static ConfigurationFile parse(std::string_view content, const std::string& name, Problems& problems);

  const std::string& name() const { return name_; }
  // False when the file could not be read, or a part of it not be understood: then settings are missing in the result
  // that are in the file, and nothing follows from their absence.
  bool whole() const { return whole_; }
  const std::vector<FileSection>& sections() const { return sections_; }
  const FileSection* findSection(std::string_view name) const;

  // "conf/kavro.ini:14"; for line 0 the file alone.
  std::string where(std::size_t line) const;

 private:
  friend class FileBuilder;

  std::string name_;
  bool whole_ = true;
  std::vector<FileSection> sections_;
};

// What both readers build a file with, so that both mean the same by a section, a key and a value.
class FileBuilder {
 public:
  FileBuilder(std::string name, Problems& problems) : problems_(problems) { file_.name_ = std::move(name); }

  void report(std::size_t line, std::string message);
  // True when there are so many problems that reading on helps nobody; then that has been reported, once.
  bool isFull(std::size_t line);

  // Settings go there from now on. A name that is none or was there already is a problem.
  void beginSection(std::size_t line, const std::string& name);
  // Settings that follow are lost, because their section could not be understood; that has been reported.
  void loseSection();
  bool isLosing() const { return losing_; }
  const FileSection* section() const { return current_; }
  // Adds to the current section, which must be there. The value is trimmed; a pair of quotes around it is taken off.
  void add(std::size_t line, const std::string& key, std::string_view value);

  // Parts of the file are missing.
  void markIncomplete() { file_.whole_ = false; }

  ConfigurationFile finish() && { return std::move(file_); }

 private:
  ConfigurationFile file_;
  Problems& problems_;
  FileSection* current_ = nullptr;
  bool losing_ = false;
  bool full_ = false;
  std::size_t count_ = 0;
};

}  // namespace kavro::config
