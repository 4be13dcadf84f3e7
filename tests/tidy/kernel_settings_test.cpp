// conf/kavro.ini is the manual of the settings: each one of the kernel's is in it, written or behind ";".
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "kernel/config/kernel_schema.hpp"

namespace kavro::config {
namespace {

// The keys of each section, those behind ";" included.
std::map<std::string, std::set<std::string>> keysOf(const std::string& path) {
  std::map<std::string, std::set<std::string>> keys;
  std::ifstream file(path);
  EXPECT_TRUE(file) << path << " cannot be read";
  const std::regex section(R"(\s*;?\s*\[([a-z][a-z0-9-]*)\]\s*)"), entry(R"(\s*(?:;\s?)?([a-z][\w.-]*)\s*=(?:\s.*)?)");
  std::string current;
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, match, section)) {
      current = match[1];
    } else if (std::regex_match(line, match, entry)) {
      keys[current].insert(match[1]);
    }
  }
  return keys;
}

TEST(KernelSettings, AreAllInTheConfiguration) {
  const std::string path = std::string(KAVRO_TEST_SOURCE) + "/conf/kavro.ini";
  const auto keys = keysOf(path);
  for (const KernelSection& section : kernelSections()) {
    ASSERT_TRUE(keys.contains(section.name)) << path << ": found no section [" << section.name << "]";
    for (const SettingSchema& setting : section.schema.settings()) {
      EXPECT_TRUE(keys.at(section.name).contains(setting.key))
          << path << ": found no " << setting.key << " in [" << section.name << "], expected a line with it";
    }
    for (const std::string& key : keys.at(section.name)) {
      EXPECT_TRUE(section.schema.find(key))
          << path << ": found " << key << " in [" << section.name << "], which is no setting of the kernel";
    }
  }
}

}  // namespace
}  // namespace kavro::config
