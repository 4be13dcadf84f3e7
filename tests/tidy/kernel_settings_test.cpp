// conf/kavro.ini is the manual of the settings: each one of the kernel's is in it, written or behind ";"; a secret by the
// file that holds it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

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
      const std::string key = setting.type == SettingType::kSecret ? setting.key + "_file" : setting.key;
      EXPECT_TRUE(keys.at(section.name).contains(key))
          << path << ": found no " << key << " in [" << section.name << "], expected a line with it";
    }
    const std::vector<std::string> known = section.schema.writableKeys();
    for (const std::string& key : keys.at(section.name)) {
      EXPECT_TRUE(std::find(known.begin(), known.end(), key) != known.end())
          << path << ": found " << key << " in [" << section.name << "], which is no setting of the kernel";
    }
  }
}

}  // namespace
}  // namespace kavro::config
