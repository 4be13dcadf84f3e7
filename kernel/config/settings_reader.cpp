#include "kernel/config/settings_reader.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "kernel/config/did_you_mean.hpp"
#include "kernel/config/file_content.hpp"

namespace kavro::config {
namespace {

constexpr std::string_view kFileSuffix = "_file";
constexpr std::size_t kKeysListedMax = 12;

class SectionReader {
 public:
  SectionReader(const Schema& schema, const SectionSource& source, Completeness completeness, Problems& problems)
      : schema_(schema), source_(source), completeness_(completeness), problems_(problems) {}

  Settings read() {
    for (const SettingSchema& setting : schema_.settings()) {
      if (setting.default_value) takeText(setting, setting.key, *setting.default_value, "default");
    }
    for (const Assignment& assignment : source_.file) take(assignment, Place::kBack);
    endLevel();
    for (const auto& level : source_.drop_ins) {
      for (const Assignment& assignment : level) take(assignment, Place::kKeep);
      endLevel();
    }
    credentials();
    for (const auto* level : {&source_.environment, &source_.command_line}) {
      for (const Assignment& assignment : *level) take(assignment, Place::kKeep);
      endLevel();
    }
    if (completeness_ == Completeness::kComplete) {
      readSecretFiles();
      checkRequired();
    } else {
      std::erase_if(values_, [](const Chosen& chosen) { return chosen.from_file; });
    }
    std::vector<Setting> settings;
    for (Chosen& chosen : values_) settings.push_back(std::move(chosen.setting));
    return Settings(std::move(settings), std::move(failed_));
  }

 private:
  // A value in the file stands where the file has it, also when it replaces a default; later levels replace in place.
  enum class Place { kBack, kKeep };

  struct Chosen {
    Setting setting;
    const SettingSchema* schema = nullptr;
    bool from_file = false;  // setting.text is the path of a file with the secret
    std::string file_key;    // "token_secret_file", or the credential's name
  };

  std::string label(std::string_view key) const { return "[" + source_.name + "] " + std::string(key) + ": "; }

  // Origins are places too, except that the name of a variable belongs into the message.
  void report(const std::string& origin, std::string_view key, const std::string& why,
              Severity severity = Severity::kError) {
    problems_.push_back({origin, label(key) + why, severity});
  }

  void take(const Assignment& assignment, Place place) {
    const SettingSchema* setting = schema_.find(assignment.key);
    std::string_view key = assignment.key;
    const SettingSchema* secret = nullptr;
    if (key.size() > kFileSuffix.size() && key.ends_with(kFileSuffix)) {
      secret = schema_.find(key.substr(0, key.size() - kFileSuffix.size()));
      if (secret && secret->type != SettingType::kSecret) secret = nullptr;
      // A family of secrets has "key.a" as well as "key.a_file": the ending decides.
      if (secret && setting && !setting->isFamily()) secret = nullptr;
    }
    if (secret) {
      if (assignment.value.empty()) {
        return report(assignment.origin, key, "is empty; give it the path of a file, or leave it out");
      }
      Chosen chosen;
      chosen.schema = secret;
      chosen.from_file = true;
      chosen.file_key = key;
      chosen.setting.key = key.substr(0, key.size() - kFileSuffix.size());
      chosen.setting.text = absolutePath(source_.home, assignment.value);
      chosen.setting.secret = true;
      chosen.setting.origin = assignment.origin;
      return put(std::move(chosen), place);
    }
    if (!setting) return reportUnknown(assignment);
    takeText(*setting, assignment.key, assignment.value, assignment.origin, place);
  }

  void takeText(const SettingSchema& setting, const std::string& key, const std::string& text,
                const std::string& origin, Place place = Place::kKeep) {
    ValueOrReason read = readValue(setting, text);
    if (auto* why = std::get_if<std::string>(&read)) {
      failed_.push_back(key);
      return report(origin, key, *why);
    }
    auto& value = std::get<Value>(read);
    Chosen chosen;
    chosen.schema = &setting;
    chosen.file_key = key;
    chosen.setting = {key, std::move(value.text), value.integer, setting.type == SettingType::kSecret, origin, {}};
    if (setting.type == SettingType::kPath && text != "-") {
      chosen.setting.text = absolutePath(source_.home, chosen.setting.text);
    }
    put(std::move(chosen), place);
  }

  void put(Chosen chosen, Place place) {
    const std::string& key = chosen.setting.key;
    if (chosen.setting.secret) {
      // On one level the secret may come in one way only: which one is meant could not be told.
      auto [seen, first] = level_.emplace(key, chosen.file_key);
      if (!first && seen->second != chosen.file_key) {
        return report(chosen.setting.origin, chosen.file_key,
                      "the secret is also given as " + seen->second + "; keep one of the two");
      }
    }
    auto old = std::find_if(values_.begin(), values_.end(), [&](const Chosen& c) { return c.setting.key == key; });
    if (old != values_.end() && place == Place::kKeep) {
      *old = std::move(chosen);
      return;
    }
    if (old != values_.end()) values_.erase(old);
    values_.push_back(std::move(chosen));
  }

  void endLevel() { level_.clear(); }

  void credentials() {
    if (!source_.credentials_folder || completeness_ == Completeness::kGivenOnly) return;
    for (const SettingSchema& setting : schema_.settings()) {
      if (setting.type != SettingType::kSecret || setting.isFamily()) continue;
      std::string name = source_.name + "." + setting.key;
      std::string path = (*source_.credentials_folder / name).string();
      if (!whyNoFile(path).empty()) continue;
      Chosen chosen;
      chosen.schema = &setting;
      chosen.from_file = true;
      chosen.file_key = setting.key;
      chosen.setting = {setting.key, path, std::nullopt, true, "credential " + name, {}};
      put(std::move(chosen), Place::kKeep);
    }
    endLevel();
  }

  void readSecretFiles() {
    std::vector<Chosen> kept;
    for (Chosen& chosen : values_) {
      if (!chosen.from_file || readSecretFile(chosen)) {
        kept.push_back(std::move(chosen));
      } else {
        failed_.push_back(chosen.setting.key);
      }
    }
    values_ = std::move(kept);
  }

  bool readSecretFile(Chosen& chosen) {
    std::string path = chosen.setting.text;
    const std::string& origin = chosen.setting.origin;
    FileContent content = readFile(path, kSecretFileBytesMax);
    if (!content.why.empty()) {
      report(origin, chosen.file_key, path + ": " + content.why);
      return false;
    }
    if ((content.mode & 077) != 0) {
      auto digit = [&](int shift) { return static_cast<char>('0' + (content.mode >> shift & 7)); };
      std::string mode{'0', digit(6), digit(3), digit(0)};
      report(origin, chosen.file_key,
             path + " is open to others than its owner (mode " + mode + "); do: chmod 600 " + path, Severity::kWarning);
    }
    if (content.bytes.ends_with('\n')) content.bytes.pop_back();
    if (content.bytes.ends_with('\r')) content.bytes.pop_back();
    ValueOrReason read = content.bytes.empty() ? ValueOrReason("the file is empty; it must hold the secret")
                                               : readValue(*chosen.schema, content.bytes);
    if (auto* why = std::get_if<std::string>(&read)) {
      report(origin, chosen.file_key, path + ": " + *why);
      return false;
    }
    chosen.setting.text = std::move(std::get<Value>(read).text);
    chosen.setting.file = std::move(path);
    return true;
  }

  void checkRequired() {
    for (const SettingSchema& setting : schema_.settings()) {
      if (!setting.required) continue;
      auto is_it = [&](const std::string& key) { return key == setting.key; };
      // Given and refused: that has been said.
      if (std::any_of(failed_.begin(), failed_.end(), is_it)) continue;
      if (std::any_of(values_.begin(), values_.end(), [&](const Chosen& c) { return is_it(c.setting.key); })) continue;
      std::string why = "is required and not set (" + setting.summary + ")";
      if (setting.type == SettingType::kSecret) {
        why += "; set it, " + setting.key + "_file or " + variableName(source_.name, setting.key);
      }
      report(source_.where, setting.key, why);
    }
  }

  void reportUnknown(const Assignment& assignment) {
    std::vector<std::string> known = schema_.writableKeys();
    std::string hint = didYouMean(assignment.key, known);
    // A required setting that was misspelt is not reported a second time, as missing.
    if (auto meant = findNearest(assignment.key, known)) failed_.push_back(*meant);
    if (hint.empty() && known.empty()) hint = "; [" + source_.name + "] has no settings";
    if (hint.empty() && known.size() <= kKeysListedMax) hint = "; [" + source_.name + "] has " + listed(known);
    report(assignment.origin, assignment.key, "no such setting" + hint);
  }

  const Schema& schema_;
  const SectionSource& source_;
  Completeness completeness_;
  Problems& problems_;
  std::vector<Chosen> values_;
  std::map<std::string, std::string> level_;  // secrets seen on the current level, and under which key
  std::vector<std::string> failed_;           // keys that were given and refused
};

}  // namespace

Settings readSettings(const Schema& schema, const SectionSource& source, Completeness completeness,
                      Problems& problems) {
  return SectionReader(schema, source, completeness, problems).read();
}

std::string absolutePath(const std::filesystem::path& home, std::string_view path) {
  std::string result = (home / std::filesystem::path(path)).lexically_normal().string();
  while (result.size() > 1 && result.ends_with('/')) result.pop_back();
  return result;
}

}  // namespace kavro::config
