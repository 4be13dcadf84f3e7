#include "kernel/commands/plugin_command.hpp"

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <system_error>

#include <kavro/text.hpp>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/commands/program.hpp"
#include "kernel/config/configuration_file.hpp"
#include "kernel/config/did_you_mean.hpp"
#include "kernel/registry/library.hpp"
#include "kernel/registry/plugin_folder.hpp"

namespace kavro::commands {
namespace {

using registry::Manifest;
using registry::ManifestCommand;

struct Streams {
  std::ostream& output;
  std::ostream& error;
};

std::filesystem::path pluginFolder(const config::Environment& environment) {
  const auto set = environment.variables.find("KAVRO_SERVER_PLUGIN_PATH");
  return set == environment.variables.end() ? registry::pluginFolderOfProgram() : std::filesystem::path(set->second);
}

std::vector<std::string> namesOf(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const ManifestCommand& command : manifest.commands) names.push_back(command.name);
  return names;
}

// A line for each, with the summaries below each other.
std::string aligned(const std::vector<ManifestCommand>& commands) {
  std::size_t width = 0;
  for (const ManifestCommand& command : commands) width = std::max(width, command.name.size());
  std::string text;
  for (const ManifestCommand& command : commands) {
    text += "  " + command.name + std::string(width + 2 - command.name.size(), ' ') + command.summary + "\n";
  }
  return text;
}

int call(const registry::Library& library, const std::vector<std::string>& words, Streams streams) {
  std::vector<kavro_text> arguments;
  for (std::size_t i = 1; i < words.size(); ++i) arguments.push_back(toAbi(words[i]));
  kavro_command command{};
  command.size = sizeof command;
  command.name = toAbi(words[0]);
  command.arguments = arguments.data();
  command.argument_count = arguments.size();
  command.write_output = [](void* user, kavro_text text) { static_cast<Streams*>(user)->output << fromAbi(text); };
  command.write_error = [](void* user, kavro_text text) { static_cast<Streams*>(user)->error << fromAbi(text); };
  command.user = &streams;
  const int code = library.entry().run_command(&command);
  streams.output.flush();
  return streams.output ? code : kExitFailure;  // a full disk, a pipe that was closed
}

}  // namespace

std::optional<PluginCommandCall> findPluginCommand(const std::vector<std::string>& words,
                                                   const config::Environment& environment) {
  if (words.empty() || !config::isName(words[0]) || Program::isCommand(words[0])) return std::nullopt;
  const std::filesystem::path library = pluginFolder(environment) / (words[0] + ".so");
  std::error_code error;
  if (!std::filesystem::exists(library, error)) return std::nullopt;
  return PluginCommandCall{words[0], library, {words.begin() + 1, words.end()}};
}

int runPluginCommand(const PluginCommandCall& plugin_call, std::ostream& output, std::ostream& error) {
  const auto found = registry::readManifest(plugin_call.library.string());
  if (const auto* reasons = std::get_if<registry::Reasons>(&found)) {
    error << "kavro: " << plugin_call.library.string() << ": " << config::listed(*reasons) << '\n';
    return kExitConfiguration;
  }
  const auto& manifest = std::get<Manifest>(found);
  const std::vector<std::string>& words = plugin_call.words;
  if (manifest.commands.empty()) {
    error << "kavro: the plugin " << plugin_call.plugin << " has no commands\nTry: kavro --help\n";
    return kExitUsage;
  }
  if (words.empty() || words[0] == "help" || words[0] == "--help" || words[0] == "-h") {
    (words.empty() ? error : output) << "usage: kavro " << plugin_call.plugin << " COMMAND [ARGUMENT]...\n\n"
                                     << aligned(manifest.commands);
    return words.empty() ? kExitUsage : kExitOk;
  }
  const std::vector<std::string> names = namesOf(manifest);
  if (std::find(names.begin(), names.end(), words[0]) == names.end()) {
    error << "kavro: the plugin " << plugin_call.plugin << " has no command \"" << words[0] << '"'
          << config::didYouMean(words[0], names) << "\nTry: kavro " << plugin_call.plugin << " --help\n";
    return kExitUsage;
  }
  try {
    const registry::Library library(plugin_call.library, manifest);
    if (!KAVRO_HAS(&library.entry(), run_command) || !library.entry().run_command) {
      throw std::runtime_error(plugin_call.library.string() + ": its manifest names commands, its entry has none");
    }
    return call(library, words, {output, error});
  } catch (const std::exception& problem) {
    error << "kavro: " << problem.what() << '\n';
    return kExitConfiguration;
  }
}

std::string pluginCommandsHelp(const config::Environment& environment) {
  std::vector<ManifestCommand> all;
  const auto folder = registry::PluginFolder::read(pluginFolder(environment));
  for (const auto& [name, library] : folder.libraries) {
    if (!library.manifest) continue;
    for (const ManifestCommand& command : library.manifest->commands) {
      all.push_back({name + " " + command.name, command.summary});
    }
  }
  return aligned(all);
}

}  // namespace kavro::commands
