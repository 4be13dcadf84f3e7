#include "kernel/commands/program.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/commands/control.hpp"
#include "kernel/commands/plugin_command.hpp"
#include "kernel/commands/plugins.hpp"
#include "kernel/commands/print.hpp"
#include "kernel/commands/probe.hpp"
#include "kernel/commands/routes.hpp"
#include "kernel/commands/run.hpp"
#include "kernel/commands/schema.hpp"
#include "kernel/config/did_you_mean.hpp"
#include "kernel/config/environment.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/plugin_folder.hpp"
#include "kernel/version.hpp"

namespace kavro::commands {

namespace {

using Poco::Util::Option;
using Poco::Util::OptionCallback;

const std::vector<std::string> kCommands{"run",  "check",  "plugins", "routes", "schema", "import",  "plan",
                                         "reload", "status", "log",     "version", "help"};

constexpr const char* kHelp =
    R"(usage: kavro COMMAND [-c FILE] [--set SECTION.KEY=VALUE]...

  run -c FILE       serve, until SIGTERM or Ctrl-C; SIGHUP reads the configuration again
  check -c FILE     is this configuration right? Loads no plugin, creates no file
  plugins -c FILE   the plugins that are there: version, on or off, what they provide and require
  routes -c FILE    what the plugins would serve, and the filters in their order; loads them, in a process of its own
  schema [-c FILE]  JSON Schema of the configuration, with the plugins that are there
  import -c FILE --from URL
                    take over what another service kept in its database; see below
  version           the version of this program

Of a server that runs with that configuration:
  plan -c FILE      what a reload would change, if the configuration were that of FILE
  reload -c FILE    change it, without a request lost; refused as a whole when something is wrong
  status -c FILE    what it does: generation, plugins, connections, database
  log -c FILE       the log level of each channel
  log -c FILE CHANNEL LEVEL
                    another level until the server stops: error, warning, information, debug; or default

  -c, --config FILE             the configuration, INI or XML; see conf/kavro.ini for every setting
      --set SECTION.KEY=VALUE   overrides one setting; may be repeated
  -h, --help                    this text

      --probe                   check: also loads the plugins in a process of its own, and tries the database and what
                                the plugins depend on
      --print FORMAT            check: the effective configuration, as ini or xml, with the origin of each value
      --socket PATH             plan, reload, status, log: the server's control socket, where the file does not say it
      --json                    the same and routes: the answer as JSON

Import: reads the tables of the other database that plugins know, in batches, and keeps ids. Interrupted (Ctrl-C, kill,
power) it goes on where it was when it is started again; after its end it takes over what is new since. The other
database is only read, and may be in use. Import before clients are let in here.
      --from URL                postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite:PATH, also as SQLAlchemy writes them
                                (postgresql+asyncpg://, sqlite+aiosqlite:///PATH)
      --from-file FILE          a file with the URL, so that the password is not on the command line
      --dry-run                 does all of it and keeps nothing
      --recheck                 looks at every row again, also those of earlier runs; what is there stays as it is
      --report FILE             writes the report as JSON as well
      --batch N                 rows in one transaction, 500 unless said otherwise

Exit codes: 0 well done, 1 stopped with requests unanswered, no server to ask, or an import that ended early or refused
rows, 64 the command line makes no sense, 78 the configuration is refused.
)";

// An option that belongs to some commands only.
struct OwnOption {
  const char* name;
  const char* argument;  // null: none
  std::vector<std::string> commands;
};
const std::vector<OwnOption>& ownOptions() {
  static const std::vector<OwnOption> kOptions{
      {"from", "URL", {"import"}},       {"from-file", "FILE", {"import"}},
      {"dry-run", nullptr, {"import"}},  {"recheck", nullptr, {"import"}},
      {"report", "FILE", {"import"}},    {"batch", "N", {"import"}},
      {"probe", nullptr, {"check", "trial"}}, {"print", "FORMAT", {"check"}},
      {"socket", "PATH", {"plan", "reload", "status", "log"}},
      {"json", nullptr, {"routes", "plan", "reload", "status", "log"}},
  };
  return kOptions;
}

}  // namespace

Program::Program() { setUnixOptions(true); }

bool Program::isCommand(const std::string& word) {
  return word == "trial" || std::find(kCommands.begin(), kCommands.end(), word) != kCommands.end();
}

void Program::defineOptions(Poco::Util::OptionSet& options) {
  Application::defineOptions(options);
  options.addOption(Option("help", "h").callback(OptionCallback<Program>(this, &Program::onHelp)));
  options.addOption(
      Option("config", "c").argument("FILE").callback(OptionCallback<Program>(this, &Program::onConfig)));
  options.addOption(Option("set", "").repeatable(true).argument("SECTION.KEY=VALUE")
                        .callback(OptionCallback<Program>(this, &Program::onSet)));
  for (const OwnOption& own : ownOptions()) {
    Option option(own.name, "");
    if (own.argument) option.argument(own.argument);
    options.addOption(option.callback(OptionCallback<Program>(this, &Program::onOption)));
  }
}

void Program::onHelp(const std::string&, const std::string&) {
  help_ = true;
  stopOptionsProcessing();
}
void Program::onConfig(const std::string&, const std::string& value) { file_ = value; }
void Program::onSet(const std::string&, const std::string& value) { set_.push_back(value); }
void Program::onOption(const std::string& name, const std::string& value) { given_[name] = value; }

std::string Program::valueOf(const std::string& option) const {
  const auto found = given_.find(option);
  return found == given_.end() ? std::string() : found->second;
}

int Program::usage(const std::string& problem) const {
  std::cerr << "kavro: " << problem << "\nTry: kavro --help\n";
  return kExitUsage;
}

// Empty: the options of import are right.
std::string Program::importProblem(ImportOptions& options) const {
  options.from = valueOf("from");
  options.from_file = valueOf("from-file");
  options.dry_run = has("dry-run");
  options.recheck = has("recheck");
  options.report = valueOf("report");
  if (options.from.empty() == options.from_file.empty()) {
    return "import needs the database to read: --from URL, or --from-file FILE with the URL in it";
  }
  const std::string batch = valueOf("batch");
  if (batch.empty()) return {};
  const char* end = batch.data() + batch.size();
  const auto read = std::from_chars(batch.data(), end, options.batch_rows);
  if (read.ec == std::errc() && read.ptr == end && options.batch_rows >= 1 &&
      options.batch_rows <= ImportOptions::kBatchRowsMax) {
    return {};
  }
  return "--batch: expected a number from 1 to " + std::to_string(ImportOptions::kBatchRowsMax);
}

int Program::runImport(const registry::CompositionSource& source) {
  ImportOptions options;
  if (const std::string problem = importProblem(options); !problem.empty()) return usage(problem);
  return importData(source, options, std::cout, std::cerr);
}

int Program::runCheck(const registry::CompositionSource& source) {
  if (has("print")) {
    const auto format = findPrintFormat(valueOf("print"));
    if (!format) return usage("--print: expected ini or xml, not \"" + valueOf("print") + "\"");
    if (has("probe")) return usage("--print and --probe do not go together");
    return print(source, *format, std::cout, std::cerr);
  }
  return has("probe") ? probe(source, std::cout, std::cerr) : check(source, std::cout, std::cerr);
}

int Program::runLog(const registry::CompositionSource& source, const std::vector<std::string>& arguments) {
  ControlOptions options{valueOf("socket"), has("json"), {}, {}};
  if (arguments.size() == 2) return usage("log " + arguments[1] + " needs a level: error, warning, information, debug or default");
  if (arguments.size() == 3) {
    options.channel = arguments[1];
    options.level = arguments[2];
  }
  return logLevels(source, options, std::cout, std::cerr);
}

int Program::runCommand(const std::string& command, const registry::CompositionSource& source,
                        const std::vector<std::string>& arguments) {
  const ControlOptions control{valueOf("socket"), has("json"), {}, {}};
  if (command == "run") return commands::run(source, std::cerr);
  if (command == "check") return runCheck(source);
  if (command == "plugins") return plugins(source, std::cout, std::cerr);
  if (command == "routes") return routes(source, has("json"), std::cout, std::cerr);
  if (command == "schema") return schema(source, std::cout, std::cerr);
  if (command == "trial") return trial(source, has("probe"), std::cerr);
  if (command == "import") return runImport(source);
  if (command == "plan") return plan(source, control, std::cout, std::cerr);
  if (command == "reload") return reload(source, control, std::cout, std::cerr);
  if (command == "status") return status(source, control, std::cout, std::cerr);
  return runLog(source, arguments);
}

int Program::main(const std::vector<std::string>& arguments) {
  if (help_ || (!arguments.empty() && arguments[0] == "help")) {
    std::cout << kHelp;
    const std::string of_plugins = pluginCommandsHelp(config::Environment::ofProcess());
    if (!of_plugins.empty()) std::cout << "\nOf the plugins that are there (kavro PLUGIN --help):\n" << of_plugins;
    return kExitOk;
  }
  if (arguments.empty()) return usage("no command; expected " + config::listed(kCommands, "or"));
  const std::string& command = arguments[0];
  if (!isCommand(command)) return usage("no such command: \"" + command + "\"" + config::didYouMean(command, kCommands));
  const std::size_t arguments_max = command == "log" ? 3 : 1;
  if (arguments.size() > arguments_max) return usage("\"" + arguments[arguments_max] + "\" is one argument too many");
  if (command == "version") {
    std::cout << "kavro " KAVRO_VERSION "\n";
    return kExitOk;
  }
  for (const OwnOption& own : ownOptions()) {
    if (!has(own.name)) continue;
    if (std::find(own.commands.begin(), own.commands.end(), command) != own.commands.end()) continue;
    return usage("--" + std::string(own.name) + " belongs to " + own.commands[0] + ", not to " + command);
  }
  if (file_.empty() && command != "schema") return usage(command + " needs a configuration: -c FILE");
  return runCommand(command,
                    {file_, set_, config::Environment::ofProcess(), registry::pluginFolderOfProgram()}, arguments);
}

}  // namespace kavro::commands
