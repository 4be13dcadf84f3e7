#include "kernel/registry/composition.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "kernel/config/did_you_mean.hpp"
#include "kernel/config/drop_ins.hpp"
#include "kernel/config/kernel_schema.hpp"
#include "kernel/config/plugin_schema.hpp"
#include "kernel/config/settings_reader.hpp"
#include "kernel/registry/plugin_folder.hpp"
#include "kernel/registry/plugin_section.hpp"
#include "kernel/registry/plugin_switches.hpp"
#include "kernel/registry/server_settings.hpp"
#include "kernel/registry/service_graph.hpp"

namespace kavro::registry {
namespace {

using config::Assignment;
using config::Completeness;
using config::ConfigurationFile;
using config::FileSection;
using config::Problems;
using config::Schema;
using config::SectionSource;
using config::Settings;

using Assignments = std::map<std::string, std::vector<Assignment>>;  // by section

class Composer {
 public:
  explicit Composer(const CompositionSource& source)
      : source_(source),
        files_(config::readWithDropIns(source.file, problems_)),
        kernel_sections_(config::kernelSections()) {}

  CompositionResult compose() {
    composition_.file = source_.file;
    for (const ConfigurationFile& file : files_) composition_.files.push_back(file.name());
    readCommandLine();
    findHome();
    findFolder();
    assignEnvironment();
    readKernel();
    readPlugins();
    checkOtherSections();
    // When settings are lost, to say that they are missing would mislead.
    if (isWhole()) applyServerSettings(composition_, problems_);
    CompositionResult result;
    listPlugins(result);
    result.control = composition_.section("server").text("control").value_or("");
    planSwitches();
    if (config::countErrors(problems_) == 0) result.composition = std::move(composition_);
    sortProblems();
    result.problems = std::move(problems_);
    return result;
  }

 private:
  // "--set auth.token_ttl=5m": sections have no dot, keys may have one.
  void readCommandLine() {
    for (const std::string& text : source_.set) {
      auto equals = text.find('='), dot = text.find('.');
      if (equals == std::string::npos || dot == std::string::npos || dot > equals) {
        problems_.push_back({"--set", "expected section.key=value, such as --set http.idle_timeout=30s"});
        continue;
      }
      std::string section = text.substr(0, dot), key = text.substr(dot + 1, equals - dot - 1);
      if (!config::isName(section) || !config::isKey(key)) {
        problems_.push_back({"--set", "what is in front of the = is no section.key"});
        continue;
      }
      command_line_[section].push_back({key, text.substr(equals + 1), "--set " + section + "." + key});
    }
  }

  std::filesystem::path folderOfFile() const {
    std::error_code error;
    auto absolute = std::filesystem::absolute(source_.file, error);
    return error ? std::filesystem::path("/") : absolute.parent_path();
  }

  const Schema& kernelSchema(std::string_view name) const {
    auto found = std::find_if(kernel_sections_.begin(), kernel_sections_.end(),
                              [&](const config::KernelSection& section) { return section.name == name; });
    if (found == kernel_sections_.end()) throw std::out_of_range("no section " + std::string(name));
    return found->schema;
  }

  // Where the section stands first; empty when no file has it.
  std::string whereIs(const std::string& name) const {
    for (const ConfigurationFile& file : files_) {
      if (const FileSection* written = file.findSection(name)) return file.where(written->line);
    }
    return {};
  }

  bool isWhole() const {
    return std::all_of(files_.begin(), files_.end(), [](const ConfigurationFile& file) { return file.whole(); });
  }

  SectionSource sectionSource(const std::string& name) const {
    SectionSource section;
    section.name = name;
    section.where = source_.file;
    section.home = composition_.home;
    section.credentials_folder = source_.environment.credentials_folder;
    if (std::string where = whereIs(name); !where.empty()) section.where = where;
    for (const ConfigurationFile& file : files_) {
      std::vector<Assignment> level;
      if (const FileSection* written = file.findSection(name)) {
        for (const config::FileEntry& entry : written->entries) {
          level.push_back({entry.key, entry.value, file.where(entry.line)});
        }
      }
      if (&file == &files_.front()) {
        section.file = std::move(level);
      } else {
        section.drop_ins.push_back(std::move(level));
      }
    }
    if (auto found = environment_.find(name); found != environment_.end()) section.environment = found->second;
    if (auto found = command_line_.find(name); found != command_line_.end()) section.command_line = found->second;
    return section;
  }

  // [server] comes first: its paths say where everything else is. Its problems are reported later, with the others'.
  Settings peekServer(const std::filesystem::path& home) {
    Problems ignored;
    composition_.home = home;
    environment_ = config::assignVariables(source_.environment, {{"server", &kernelSchema("server"), {}}}, ignored);
    return config::readSettings(kernelSchema("server"), sectionSource("server"), Completeness::kGivenOnly, ignored);
  }

  void findHome() {
    auto folder = folderOfFile();
    Settings server = peekServer(folder);
    auto written = server.text("home");
    composition_.home =
        written ? std::filesystem::path(*written) : std::filesystem::path(config::absolutePath(folder, "."));
  }

  void findFolder() {
    Settings server = peekServer(composition_.home);
    auto written = server.text("plugin_path");
    std::error_code error;
    composition_.plugin_path = written ? std::filesystem::path(*written)
                                       : std::filesystem::absolute(source_.plugin_path, error).lexically_normal();
    folder_ = PluginFolder::read(composition_.plugin_path);
    folder_.where = server.origin("plugin_path");
  }

  // The [plugins] section as a schema, so that the environment is read for it as for all others.
  Schema switchSchema() const {
    std::vector<config::SettingSchema> settings;
    auto add = [&](const std::string& name) {
      auto same = [&](const config::SettingSchema& setting) { return setting.key == name; };
      if (std::none_of(settings.begin(), settings.end(), same)) settings.push_back({.key = name});
    };
    for (const std::string& key : keysOf(std::string(config::kPluginsSection))) add(key);
    for (const std::string& name : folder_.names()) add(name);
    return Schema(std::move(settings));
  }

  // As the files spell them.
  std::vector<std::string> keysOf(const std::string& name) const {
    std::vector<std::string> keys;
    for (const ConfigurationFile& file : files_) {
      const FileSection* written = file.findSection(name);
      if (!written) continue;
      for (const config::FileEntry& entry : written->entries) keys.push_back(entry.key);
    }
    return keys;
  }

  void assignEnvironment() {
    // The switches first: they say which other sections there are.
    Schema switches = switchSchema();
    std::string plugins(config::kPluginsSection);
    environment_ = config::assignVariables(source_.environment, {{plugins, &switches, {}}}, problems_);
    SectionSource section = sectionSource(plugins);
    std::vector<Assignment> all = section.file;
    for (const auto& level : section.drop_ins) all.insert(all.end(), level.begin(), level.end());
    all.insert(all.end(), section.environment.begin(), section.environment.end());
    all.insert(all.end(), section.command_line.begin(), section.command_line.end());
    switches_ = readSwitches(all, folder_, problems_);

    std::vector<config::KnownSection> known;
    for (const config::KernelSection& kernel : kernel_sections_) known.push_back({kernel.name, &kernel.schema, {}});
    for (const std::string& name : pluginSections()) {
      known.push_back({name, schemaOf(name), keysOf(name)});
    }
    // "plugins" as well, without a schema: a plugin called "plug" must not take its variables.
    known.push_back({plugins, nullptr, {}});
    environment_ = config::assignVariables(source_.environment, known, problems_);
  }

  const PluginSwitch* findSwitch(const std::string& instance) const {
    auto found = std::find_if(switches_.begin(), switches_.end(),
                              [&](const PluginSwitch& candidate) { return candidate.instance == instance; });
    return found == switches_.end() ? nullptr : &*found;
  }

  // All that can have a section of its own: instances, and libraries that are there and off.
  std::vector<std::string> pluginSections() const {
    std::vector<std::string> names = folder_.names();
    for (const PluginSwitch& candidate : switches_) names.push_back(candidate.instance);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::erase_if(names, [](const std::string& name) { return config::isKernelSection(name); });
    return names;
  }

  const PluginLibrary* libraryOf(const std::string& instance) const {
    const PluginSwitch* candidate = findSwitch(instance);
    return candidate ? candidate->found : folder_.find(instance);
  }

  // What the instance's section may say. Null when the library is missing or refused.
  const Schema* schemaOf(const std::string& instance) {
    const PluginLibrary* library = libraryOf(instance);
    if (!library || !library->manifest) return nullptr;
    auto [schema, first] = schemas_.try_emplace(instance);
    if (first) schema->second = completeSchema(*library->manifest);
    return &schema->second;
  }

  void readKernel() {
    for (const config::KernelSection& kernel : kernel_sections_) {
      SectionSource section = sectionSource(kernel.name);
      if (kernel.name == "server") readServer(section);
      if (kernel.name == "server") continue;
      composition_.kernel.emplace(kernel.name,
                                  config::readSettings(kernel.schema, section, Completeness::kComplete, problems_));
    }
  }

  // Here home is relative to the file's folder, and everything else to home.
  void readServer(SectionSource section) {
    std::vector<std::vector<Assignment>*> levels{&section.file, &section.environment, &section.command_line};
    for (auto& level : section.drop_ins) levels.push_back(&level);
    for (std::vector<Assignment>* level : levels) {
      for (Assignment& assignment : *level) {
        if (assignment.key == "home" && !assignment.value.empty()) {
          assignment.value = config::absolutePath(folderOfFile(), assignment.value);
        }
      }
    }
    composition_.kernel.emplace(
        section.name, config::readSettings(kernelSchema("server"), section, Completeness::kComplete, problems_));
  }

  void readPlugins() {
    std::vector<PlannedPlugin> planned;
    std::vector<ServiceNode> nodes;
    Completeness completeness = isWhole() ? Completeness::kComplete : Completeness::kGivenOnly;
    bool incomplete = false;
    for (const PluginSwitch& candidate : switches_) {
      if (!candidate.on) continue;
      if (!candidate.found || !candidate.found->manifest) {
        incomplete = true;
        continue;
      }
      const Manifest& manifest = *candidate.found->manifest;
      SectionSource section = sectionSource(candidate.instance);
      if (whereIs(candidate.instance).empty()) section.where = candidate.where;
      Settings complete = config::readSettings(*schemaOf(candidate.instance), section, completeness, problems_);
      planned.push_back(planPlugin(candidate.instance, candidate.found->path, manifest, complete));
      nodes.push_back({candidate.instance, candidate.where, &manifest});
    }
    if (!isWhole()) return;  // a switch may be among what was lost
    for (std::size_t index : orderByServices(nodes, offers(), folder_.path.string(), incomplete, problems_)) {
      composition_.plugins.push_back(std::move(planned[index]));
    }
  }

  // What could be switched on: libraries of which no instance is.
  ServiceOffers offers() const {
    ServiceOffers result;
    for (const auto& [name, library] : folder_.libraries) {
      if (!library.manifest) continue;
      for (const std::string& id : library.manifest->provides) result[id].push_back(name);
    }
    return result;
  }

  // Sections of plugins that are off, and sections of nobody. On the command line too.
  void checkOtherSections() {
    std::vector<std::string> known = pluginSections();
    std::vector<std::string> all = known;
    for (const config::KernelSection& kernel : kernel_sections_) all.push_back(kernel.name);
    all.emplace_back(config::kPluginsSection);
    auto is_known = [&](const std::string& name) { return std::find(all.begin(), all.end(), name) != all.end(); };
    for (const ConfigurationFile& file : files_) {
      for (const FileSection& section : file.sections()) {
        if (is_known(section.name) || !folder_.why.empty()) continue;
        problems_.push_back({file.where(section.line),
                             "[" + section.name + "]: there is no such section, and no plugin of that name in " +
                                 folder_.path.string() + suggestSection(section.name, all)});
      }
    }
    for (const auto& [name, assignments] : command_line_) {
      if (is_known(name) || !folder_.why.empty()) continue;
      problems_.push_back(
          {assignments[0].origin, "[" + name + "]: there is no such section" + suggestSection(name, all)});
    }
    for (const std::string& name : known) {
      const PluginSwitch* candidate = findSwitch(name);
      const Schema* schema = schemaOf(name);
      if (schema && !(candidate && candidate->on)) {
        config::readSettings(*schema, sectionSource(name), Completeness::kGivenOnly, problems_);
      }
    }
  }

  void planSwitches() {
    for (const PluginSwitch& candidate : switches_) {
      const bool named = candidate.library != candidate.instance;
      composition_.switches.push_back({candidate.instance,
                                       named          ? candidate.library
                                       : candidate.on ? "on"
                                                      : "off",
                                       candidate.where});
    }
    for (const std::string& name : folder_.names()) {
      if (config::isName(name) && !config::isKernelSection(name) && !findSwitch(name)) {
        composition_.switches.push_back({name, "off", "default"});
      }
    }
  }

  static std::string suggestSection(const std::string& name, const std::vector<std::string>& all) {
    auto nearest = config::findNearest(name, all);
    return nearest ? "; did you mean [" + *nearest + "]?" : std::string();
  }

  // File by file, in the order of the lines; then what concerns the file as a whole, then other places, each as found.
  void sortProblems() {
    constexpr auto kLast = std::numeric_limits<std::size_t>::max();
    auto place = [&](const config::Problem& problem) -> std::pair<std::size_t, std::size_t> {
      for (std::size_t i = 0; i < files_.size(); ++i) {
        const std::string& name = files_[i].name();
        if (problem.where == name) return {i, kLast};
        if (!problem.where.starts_with(name + ":")) continue;
        return {i, static_cast<std::size_t>(std::strtoull(problem.where.c_str() + name.size() + 1, nullptr, 10))};
      }
      return {kLast, kLast};
    };
    std::stable_sort(problems_.begin(), problems_.end(),
                     [&](const config::Problem& a, const config::Problem& b) { return place(a) < place(b); });
  }

  void listPlugins(CompositionResult& result) const {
    for (const std::string& name : pluginSections()) {
      const PluginSwitch* candidate = findSwitch(name);
      const PluginLibrary* library = libraryOf(name);
      PluginListing listing{name, candidate ? candidate->library : name, candidate && candidate->on, {}, {}};
      if (library) {
        listing.manifest = library->manifest;
        listing.reasons = library->reasons;
      } else {
        listing.reasons = {"there is no " + listing.library + ".so in " + folder_.path.string()};
      }
      result.plugins.push_back(std::move(listing));
    }
  }

  const CompositionSource& source_;
  Problems problems_;                     // before files_, whose reading fills it
  std::vector<ConfigurationFile> files_;  // the one that was named, then its drop-ins
  std::vector<config::KernelSection> kernel_sections_;
  std::map<std::string, Schema> schemas_;  // of the plugins' sections, by instance
  Assignments environment_;
  Assignments command_line_;
  PluginFolder folder_;
  std::vector<PluginSwitch> switches_;  // borrow from folder_
  Composition composition_;
};

}  // namespace

bool Composition::hasAdminAddress() const {
  return std::any_of(listen.begin(), listen.end(), [](const config::ListenAddress& address) { return address.admin; });
}

const config::Settings& Composition::section(std::string_view name) const {
  auto found = kernel.find(name);
  if (found == kernel.end()) throw std::out_of_range("no section " + std::string(name));
  return found->second;
}

CompositionResult compose(const CompositionSource& source) { return Composer(source).compose(); }

}  // namespace kavro::registry
