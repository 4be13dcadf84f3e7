#include "kernel/commands/program.hpp"

#include <iostream>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/commands/plugins.hpp"
#include "kernel/commands/run.hpp"
#include "kernel/config/did_you_mean.hpp"
#include "kernel/config/environment.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/plugin_folder.hpp"
#include "kernel/version.hpp"

namespace kavro::commands {

namespace {

using Poco::Util::Option;
using Poco::Util::OptionCallback;

const std::vector<std::string> kCommands{"run", "check", "plugins", "version", "help"};

constexpr const char* kHelp =
    R"(usage: kavro COMMAND [-c FILE] [--set SECTION.KEY=VALUE]...

  run -c FILE       serve, until SIGTERM or Ctrl-C
  check -c FILE     is this configuration right? Loads no plugin, creates no file
  plugins -c FILE   the plugins that are there: version, on or off, what they provide and require
  version           the version of this program

  -c, --config FILE             the configuration (INI); see conf/kavro.ini for every setting
      --set SECTION.KEY=VALUE   overrides one setting; may be repeated
  -h, --help                    this text

Exit codes: 0 well done, 1 stopped with requests unanswered, 64 the command line makes no sense, 78 the configuration
is refused.
)";

}  // namespace

Program::Program() { setUnixOptions(true); }

void Program::defineOptions(Poco::Util::OptionSet& options) {
  Application::defineOptions(options);
  options.addOption(Option("help", "h").callback(OptionCallback<Program>(this, &Program::onHelp)));
  options.addOption(
      Option("config", "c").argument("FILE").callback(OptionCallback<Program>(this, &Program::onConfig)));
  options.addOption(Option("set", "").repeatable(true).argument("SECTION.KEY=VALUE")
                        .callback(OptionCallback<Program>(this, &Program::onSet)));
}

void Program::onHelp(const std::string&, const std::string&) {
  help_ = true;
  stopOptionsProcessing();
}
void Program::onConfig(const std::string&, const std::string& value) { file_ = value; }
void Program::onSet(const std::string&, const std::string& value) { set_.push_back(value); }

void Program::printHelp() const { std::cout << kHelp; }

int Program::usage(const std::string& problem) const {
  std::cerr << "kavro: " << problem << "\nTry: kavro --help\n";
  return kExitUsage;
}

int Program::main(const std::vector<std::string>& arguments) {
  if (help_ || (!arguments.empty() && arguments[0] == "help")) {
    printHelp();
    return kExitOk;
  }
  if (arguments.empty()) return usage("no command; expected run, check, plugins or version");
  const std::string& command = arguments[0];
  if (arguments.size() > 1) return usage("\"" + arguments[1] + "\" is one argument too many");
  if (command == "version") {
    std::cout << "kavro " KAVRO_VERSION "\n";
    return kExitOk;
  }
  if (command != "run" && command != "check" && command != "plugins") {
    return usage("no such command: \"" + command + "\"" + config::didYouMean(command, kCommands));
  }
  if (file_.empty()) return usage(command + " needs a configuration: -c FILE");

  const registry::CompositionSource source{file_, set_, config::Environment::ofProcess(),
                                           registry::pluginFolderOfProgram()};
  if (command == "check") return check(source, std::cout, std::cerr);
  if (command == "plugins") return plugins(source, std::cout, std::cerr);
  return commands::run(source, std::cerr);
}

}  // namespace kavro::commands
