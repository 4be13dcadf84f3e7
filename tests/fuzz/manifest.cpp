// A plugin's manifest and the schema in it. What is accepted has a schema without flaws, whose defaults are values of
// their settings. Input: the JSON text of a plugin called "probe".
#include <variant>

#include "kernel/config/plugin_schema.hpp"
#include "kernel/config/settings_reader.hpp"
#include "kernel/registry/manifest.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::textOf(data, size);
  const auto parsed = registry::parseManifest(text, "probe");
  if (const auto* reasons = std::get_if<registry::Reasons>(&parsed)) {
    require(!reasons->empty(), "a reason");
    for (const std::string& reason : *reasons) {
      require(!reason.empty() && reason.find('\n') == std::string::npos, "a reason of one line", reason);
    }
    return 0;
  }
  const auto& manifest = std::get<registry::Manifest>(parsed);
  require(manifest.name == "probe" && manifest.json == text, "the manifest of that plugin");
  require(manifest.settings.flaws().empty(), "a schema without flaws");
  for (const config::SettingSchema& setting : manifest.settings.settings()) {
    if (!setting.default_value) continue;
    require(config::readValue(setting, *setting.default_value).index() == 0, "a default that may be set", setting.key);
  }
  // With nothing given, only what is required can be missing.
  const config::Schema complete = config::completePluginSchema(manifest.settings, "closed");
  config::Problems problems;
  config::SectionSource source;
  source.name = "probe";
  source.home = "/";
  const config::Settings settings = config::readSettings(complete, source, config::Completeness::kComplete, problems);
  std::size_t required = 0;
  for (const config::SettingSchema& setting : complete.settings()) required += setting.required ? 1 : 0;
  require(config::countErrors(problems) == required, "a problem for each required setting, and no other");
  const config::PluginSettings divided = config::divideSettings(settings, manifest.settings);
  require(divided.own.all().size() + divided.common.all().size() == settings.all().size(), "settings to be divided");
  return 0;
}
