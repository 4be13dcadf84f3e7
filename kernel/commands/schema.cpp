#include "kernel/commands/schema.hpp"

#include <kavro/json.hpp>

#include <cstdint>
#include <ostream>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/config/kernel_schema.hpp"
#include "kernel/config/number_text.hpp"
#include "kernel/config/plugin_schema.hpp"
#include "kernel/registry/plugin_folder.hpp"
#include "kernel/registry/plugin_section.hpp"

namespace kavro::commands {
namespace {

using config::SettingSchema;
using enum config::SettingType;

constexpr std::string_view kDurationPattern = "^(0|[0-9]+ *(ms|s|min|m|h|d))$";
constexpr std::string_view kBytesPattern = "^[0-9]+ *(B|KiB|MiB|GiB)?$";
constexpr std::string_view kNamePattern = "^[a-z][a-z0-9-]{0,30}$";

std::optional<std::int64_t> numberOf(config::SettingType type, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto read = config::readNumber(type, *text);
  const auto* number = std::get_if<std::int64_t>(&read);
  return number ? std::optional(*number) : std::nullopt;
}

class SchemaWriter {
 public:
  explicit SchemaWriter(std::string& out) : json_(out) {}

  void write(const std::vector<registry::PluginListing>& plugins) {
    json_.beginObject();
    member("$schema", "https://json-schema.org/draft/2020-12/schema");
    member("title", "Configuration of Kavro");
    member("type", "object");
    json_.key("properties").beginObject();
    for (const config::KernelSection& kernel : config::kernelSections()) {
      json_.key(kernel.name).beginObject();
      section(kernel.schema, nullptr);
    }
    json_.key(config::kPluginsSection).beginObject();
    switches(plugins);
    for (const registry::PluginListing& plugin : plugins) {
      if (!plugin.manifest) continue;
      json_.key(plugin.instance).beginObject();
      member("description", plugin.manifest->summary);
      member("x-plugin", plugin.manifest->name);
      section(registry::completeSchema(*plugin.manifest), &plugin.manifest->settings);
    }
    json_.endObject();
    json_.key("additionalProperties").boolean(false);
    json_.endObject();
  }

 private:
  void member(std::string_view key, std::string_view value) { json_.key(key).string(value); }

  void switches(const std::vector<registry::PluginListing>& plugins) {
    member("description", "The plugins: on, off, or the name of the library for another instance");
    member("type", "object");
    json_.key("properties").beginObject();
    for (const registry::PluginListing& plugin : plugins) {
      json_.key(plugin.instance).beginObject();
      if (plugin.manifest) member("description", plugin.manifest->summary);
      states(plugins);
      json_.endObject();
    }
    json_.endObject();
    json_.key("patternProperties").beginObject().key(kNamePattern).beginObject();
    states(plugins);
    json_.endObject().endObject();
    json_.key("additionalProperties").boolean(false);
    json_.endObject();
  }

  void states(const std::vector<registry::PluginListing>& plugins) {
    json_.key("enum").beginArray().string("on").string("off");
    for (const registry::PluginListing& plugin : plugins) {
      if (plugin.library == plugin.instance) json_.string(plugin.instance);
    }
    json_.endArray();
  }

  // Of a plugin, `own` are the settings that are not the kernel's. Ends the object.
  void section(const config::Schema& schema, const config::Schema* own) {
    member("type", "object");
    json_.key("properties").beginObject();
    bool families = false;
    for (const SettingSchema& setting : schema.settings()) {
      families = families || setting.isFamily();
      if (!setting.isFamily()) write(setting.key, setting, own && !own->find(setting.key));
    }
    json_.endObject();
    if (families) {
      json_.key("patternProperties").beginObject();
      for (const SettingSchema& setting : schema.settings()) {
        if (setting.isFamily()) write(patternOf(setting), setting, false);
      }
      json_.endObject();
    }
    json_.key("additionalProperties").boolean(false);
    json_.endObject();
  }

  static std::string patternOf(const SettingSchema& family) {
    std::string pattern = "^";
    for (char c : family.prefix()) pattern += c == '.' ? std::string("\\.") : std::string(1, c);
    return pattern + "[A-Za-z0-9_.-]+$";
  }

  // The property, and for a secret the one for its file.
  void write(const std::string& key, const SettingSchema& setting, bool common) {
    json_.key(key).beginObject();
    member("description", setting.summary);
    member("x-type", config::nameOf(setting.type));
    if (common) json_.key("x-common").boolean(true);
    if (setting.isFamily()) member("x-family", setting.key);
    if (setting.required) json_.key("x-required").boolean(true);
    if (!setting.unit.empty()) member("x-unit", setting.unit);
    if (setting.minimum) member("x-minimum", *setting.minimum);
    if (setting.maximum) member("x-maximum", *setting.maximum);
    type(setting);
    defaultValue(setting);
    json_.endObject();
    if (setting.type != kSecret || setting.isFamily()) return;  // a family's pattern covers NAME_file
    json_.key(key + "_file").beginObject();
    member("description", "The path of a file that holds: " + setting.summary);
    member("x-type", config::nameOf(kPath));
    member("type", "string");
    json_.key("minLength").integer(1).endObject();
  }

  void type(const SettingSchema& setting) {
    switch (setting.type) {
      case kInteger:
        member("type", "integer");
        limits(setting);
        break;
      case kBoolean:
        json_.key("enum")
            .beginArray()
            .string("on")
            .string("off")
            .string("true")
            .string("false")
            .string("yes")
            .string("no")
            .boolean(true)
            .boolean(false)
            .endArray();
        break;
      case kDuration:
        member("type", "string");
        member("pattern", kDurationPattern);
        break;
      case kBytes:
        json_.key("type").beginArray().string("string").string("integer").endArray();
        member("pattern", kBytesPattern);
        limits(setting);
        break;
      case kString:
      case kPath:
      case kSecret:
        text(setting);
        break;
    }
  }

  void limits(const SettingSchema& setting) {
    if (auto minimum = numberOf(setting.type, setting.minimum)) json_.key("minimum").integer(*minimum);
    if (auto maximum = numberOf(setting.type, setting.maximum)) json_.key("maximum").integer(*maximum);
  }

  // Kavro counts bytes, JSON Schema characters: a text within the bytes is within as many characters.
  void text(const SettingSchema& setting) {
    member("type", "string");
    const auto minimum = numberOf(kBytes, setting.minimum);
    if (setting.type != kString || (minimum && *minimum > 0)) json_.key("minLength").integer(1);
    if (auto maximum = numberOf(kBytes, setting.maximum)) json_.key("maxLength").integer(*maximum);
    if (setting.type == kSecret) json_.key("writeOnly").boolean(true);
    if (setting.choices.empty()) return;
    json_.key("enum").beginArray();
    for (const std::string& choice : setting.choices) json_.string(choice);
    json_.endArray();
  }

  void defaultValue(const SettingSchema& setting) {
    if (!setting.default_value) return;
    const auto number = numberOf(setting.type, setting.default_value);
    json_.key("default");
    if (setting.type == kInteger && number) {
      json_.integer(*number);
    } else {
      json_.string(setting.type == kBoolean ? (number.value_or(0) ? "on" : "off") : *setting.default_value);
    }
  }

  JsonWriter json_;
};

// A line for each member and element, two blanks for each level.
std::string indented(const std::string& json) {
  std::string result;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted || c == '"') {
      result += c;
      if (c == '\\') result += json[++i];
      if (c == '"') quoted = !quoted;
    } else if (c == '{' || c == '[') {
      const bool empty = json[i + 1] == '}' || json[i + 1] == ']';
      result += c;
      if (!empty) result += '\n' + std::string(2 * ++depth, ' ');
      if (empty) result += json[++i];
    } else if (c == '}' || c == ']') {
      result += '\n' + std::string(2 * --depth, ' ') + c;
    } else {
      result += c;
      if (c == ',') result += '\n' + std::string(2 * depth, ' ');
      if (c == ':') result += ' ';
    }
  }
  return result;
}

// The libraries of the folder, as compose() lists them.
std::vector<registry::PluginListing> listingsOf(const registry::PluginFolder& folder) {
  std::vector<registry::PluginListing> listings;
  for (const auto& [name, library] : folder.libraries) {
    listings.push_back({name, name, false, library.manifest, library.reasons});
  }
  return listings;
}

}  // namespace

std::string schemaOf(const std::vector<registry::PluginListing>& plugins) {
  std::string json;
  SchemaWriter(json).write(plugins);
  return indented(json) + '\n';
}

int schema(const registry::CompositionSource& source, std::ostream& output, std::ostream& error) {
  config::Problems problems;
  std::vector<registry::PluginListing> plugins;
  if (source.file.empty()) {
    const auto folder = registry::PluginFolder::read(source.plugin_path);
    if (!folder.why.empty()) problems.push_back({folder.path.string(), folder.why});
    plugins = listingsOf(folder);
  } else {
    plugins = registry::compose(source).plugins;
  }
  for (const registry::PluginListing& plugin : plugins) {
    if (!plugin.manifest) problems.push_back({plugin.library + ".so", config::listed(plugin.reasons)});
  }
  output << schemaOf(plugins);
  writeProblems(problems, error);
  return problems.empty() ? kExitOk : kExitConfiguration;
}

}  // namespace kavro::commands
