#include "kernel/commands/printed_section.hpp"

#include <algorithm>
#include <string_view>

#include "kernel/config/kernel_schema.hpp"
#include "kernel/config/number_text.hpp"
#include "kernel/registry/plugin_section.hpp"

namespace kavro::commands {
namespace {

using config::Setting;
using config::SettingSchema;

// "scheme://user:password@host", or a parameter of libpq such as "?password=".
bool hasPassword(std::string_view text) {
  for (auto at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    std::string_view authority = text.substr(at + 3);
    authority = authority.substr(0, authority.find(' '));  // a password may have a / in it, though it should not
    const auto end = authority.rfind('@');
    if (end != std::string_view::npos && authority.substr(0, end).find(':') != std::string_view::npos) return true;
  }
  return text.find("password=") != std::string_view::npos;
}

// Neither format has a way to write these.
bool hasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

std::string originOf(const std::string& origin) {
  return origin.starts_with("--set ") ? "command line " + origin : origin;
}

PrintedSetting printed(const SettingSchema& schema, const Setting& setting) {
  const std::string origin = originOf(setting.origin);
  if (setting.secret && !setting.file.empty() && !setting.origin.starts_with("credential ")) {
    return {setting.key + "_file", setting.file, origin};
  }
  if (setting.secret || hasPassword(setting.text)) return {setting.key, {}, "set and not shown; from " + origin};
  if (setting.integer) return {setting.key, config::writeNumber(schema.type, *setting.integer), origin};
  if (hasControlCharacter(setting.text)) return {setting.key, {}, "set, to more than one line; from " + origin};
  return {setting.key, setting.text, origin};
}

bool belongsTo(const Setting& setting, const SettingSchema& schema, const config::Schema& all) {
  if (!schema.isFamily()) return setting.key == schema.key;
  return all.find(setting.key) == &schema;
}

void append(std::vector<PrintedSetting>& lines, const config::Schema& schema, const config::Settings& settings) {
  for (const SettingSchema& known : schema.settings()) {
    bool any = false;
    for (const Setting& setting : settings.all()) {
      if (!belongsTo(setting, known, schema)) continue;
      lines.push_back(printed(known, setting));
      any = true;
    }
    if (!any) lines.push_back({known.key, {}, "not set"});
  }
}

// What has no default in the schema because it depends on where things are, and what the kernel makes of a value.
void complete(PrintedSection& section, const registry::Composition& composition) {
  for (PrintedSetting& line : section.settings) {
    if (section.name == "server" && !line.value && (line.key == "home" || line.key == "plugin_path")) {
      line.value = (line.key == "home" ? composition.home : composition.plugin_path).string();
      line.remark = "default";
    }
    if (section.name == "database" && line.key == "url" && line.value) line.value = composition.database_url;
  }
}

}  // namespace

std::vector<PrintedSection> printedSections(const registry::Composition& composition) {
  std::vector<PrintedSection> sections;
  for (const config::KernelSection& kernel : config::kernelSections()) {
    PrintedSection& section = sections.emplace_back(PrintedSection{kernel.name, {}, {}});
    append(section.settings, kernel.schema, composition.section(kernel.name));
    complete(section, composition);
  }
  PrintedSection& plugins = sections.emplace_back(PrintedSection{std::string(config::kPluginsSection), {}, {}});
  for (const registry::PlannedSwitch& plugin : composition.switches) {
    plugins.settings.push_back({plugin.instance, plugin.value, originOf(plugin.origin)});
  }
  for (const registry::PlannedPlugin& plugin : composition.plugins) {
    const config::Schema schema = registry::completeSchema(plugin.manifest);
    std::vector<Setting> all = plugin.settings.all();
    all.insert(all.end(), plugin.common.all().begin(), plugin.common.all().end());
    PrintedSection& section = sections.emplace_back(PrintedSection{plugin.instance, plugin.manifest.summary, {}});
    append(section.settings, schema, config::Settings(std::move(all)));
  }
  return sections;
}

}  // namespace kavro::commands
