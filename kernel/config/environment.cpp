#include "kernel/config/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "kernel/config/did_you_mean.hpp"

extern char** environ;

namespace kavro::config {
namespace {

constexpr std::string_view kPrefix = "KAVRO_";

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '-' || c == '.') c = '_';
  }
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return result;
}

// The key of the section that `rest` (what follows KAVRO_<SECTION>_) stands for.
std::optional<std::string> findKey(const KnownSection& section, const std::string& rest) {
  for (const std::string& key : section.file_keys) {
    if (upper(key) == rest) return key;
  }
  for (const std::string& key : section.schema->writableKeys()) {
    if (upper(key) == rest && section.schema->find(key)) return key;
    if (upper(key) == rest && key.ends_with("_file")) return key;
  }
  for (const SettingSchema& setting : section.schema->settings()) {
    if (!setting.isFamily()) continue;
    std::string prefix = upper(setting.prefix());
    if (rest.size() <= prefix.size() || !rest.starts_with(prefix)) continue;
    std::string_view name = std::string_view(rest).substr(prefix.size());
    bool file = setting.type == SettingType::kSecret && name.size() > 5 && name.ends_with("_FILE");
    if (file) name.remove_suffix(5);
    return std::string(setting.prefix()) + lower(name) + (file ? "_file" : "");
  }
  return std::nullopt;
}

}  // namespace

Environment Environment::ofProcess() {
  Environment result;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    auto equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    result.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder && *folder) result.credentials_folder = folder;
  return result;
}

std::string variableName(std::string_view section, std::string_view key) {
  return std::string(kPrefix) + upper(section) + "_" + upper(key);
}

std::map<std::string, std::vector<Assignment>> assignVariables(const Environment& environment,
                                                               const std::vector<KnownSection>& sections,
                                                               Problems& problems) {
  std::map<std::string, std::vector<Assignment>> assigned;
  for (const auto& [variable, value] : environment.variables) {
    // Longest name first: it is the likelier one when no key fits.
    std::vector<const KnownSection*> matching;
    for (const KnownSection& section : sections) {
      std::string prefix = variableName(section.name, "");
      if (variable.size() > prefix.size() && variable.starts_with(prefix)) matching.push_back(&section);
    }
    std::stable_sort(matching.begin(), matching.end(),
                     [](const KnownSection* a, const KnownSection* b) { return a->name.size() > b->name.size(); });
    bool done = matching.empty();
    for (const KnownSection* section : matching) {
      if (done) break;
      done = !section->schema;
      if (!section->schema) continue;
      auto key = findKey(*section, variable.substr(variableName(section->name, "").size()));
      if (!key) continue;
      assigned[section->name].push_back({*key, value, "environment " + variable});
      done = true;
    }
    if (done) continue;
    std::vector<std::string> candidates;
    for (const std::string& key : matching[0]->schema->writableKeys()) {
      candidates.push_back(variableName(matching[0]->name, key));
    }
    problems.push_back({"environment " + variable,
                        "[" + matching[0]->name + "] has no such setting" + didYouMean(variable, candidates)});
  }
  return assigned;
}

}  // namespace kavro::config
