#include "kernel/commands/program.hpp"

#include <charconv>
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

const std::vector<std::string> kCommands{"run", "check", "plugins", "import", "version", "help"};

constexpr const char* kHelp =
    R"(usage: kavro COMMAND [-c FILE] [--set SECTION.KEY=VALUE]...

  run -c FILE       serve, until SIGTERM or Ctrl-C
  check -c FILE     is this configuration right? Loads no plugin, creates no file
  plugins -c FILE   the plugins that are there: version, on or off, what they provide and require
  import -c FILE --from URL
                    take over what another service kept in its database; see below
  version           the version of this program

  -c, --config FILE             the configuration (INI); see conf/kavro.ini for every setting
      --set SECTION.KEY=VALUE   overrides one setting; may be repeated
  -h, --help                    this text

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

Exit codes: 0 well done, 1 stopped with requests unanswered, or an import that ended early or refused rows, 64 the
command line makes no sense, 78 the configuration is refused.
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
  const auto addImportOption = [&](const char* name, const char* argument) {
    Option option(name, "");
    if (argument) option.argument(argument);
    options.addOption(option.callback(OptionCallback<Program>(this, &Program::onImportOption)));
  };
  addImportOption("from", "URL");
  addImportOption("from-file", "FILE");
  addImportOption("dry-run", nullptr);
  addImportOption("recheck", nullptr);
  addImportOption("report", "FILE");
  addImportOption("batch", "N");
}

void Program::onHelp(const std::string&, const std::string&) {
  help_ = true;
  stopOptionsProcessing();
}
void Program::onConfig(const std::string&, const std::string& value) { file_ = value; }
void Program::onSet(const std::string&, const std::string& value) { set_.push_back(value); }

void Program::onImportOption(const std::string& name, const std::string& value) {
  import_option_ = name;
  if (name == "from") import_.from = value;
  if (name == "from-file") import_.from_file = value;
  if (name == "dry-run") import_.dry_run = true;
  if (name == "recheck") import_.recheck = true;
  if (name == "report") import_.report = value;
  if (name == "batch") batch_ = value;
}

void Program::printHelp() const { std::cout << kHelp; }

int Program::usage(const std::string& problem) const {
  std::cerr << "kavro: " << problem << "\nTry: kavro --help\n";
  return kExitUsage;
}

// Empty: the options of import are right.
std::string Program::importProblem() {
  if (import_.from.empty() == import_.from_file.empty()) {
    return "import needs the database to read: --from URL, or --from-file FILE with the URL in it";
  }
  if (batch_.empty()) return {};
  const char* end = batch_.data() + batch_.size();
  const auto read = std::from_chars(batch_.data(), end, import_.batch_rows);
  if (read.ec == std::errc() && read.ptr == end && import_.batch_rows >= 1 &&
      import_.batch_rows <= ImportOptions::kBatchRowsMax) {
    return {};
  }
  return "--batch: expected a number from 1 to " + std::to_string(ImportOptions::kBatchRowsMax);
}

int Program::main(const std::vector<std::string>& arguments) {
  if (help_ || (!arguments.empty() && arguments[0] == "help")) {
    printHelp();
    return kExitOk;
  }
  if (arguments.empty()) return usage("no command; expected run, check, plugins, import or version");
  const std::string& command = arguments[0];
  if (arguments.size() > 1) return usage("\"" + arguments[1] + "\" is one argument too many");
  if (command == "version") {
    std::cout << "kavro " KAVRO_VERSION "\n";
    return kExitOk;
  }
  if (command != "run" && command != "check" && command != "plugins" && command != "import") {
    return usage("no such command: \"" + command + "\"" + config::didYouMean(command, kCommands));
  }
  if (file_.empty()) return usage(command + " needs a configuration: -c FILE");

  if (command != "import" && !import_option_.empty()) {
    return usage("--" + import_option_ + " belongs to import, not to " + command);
  }
  if (command == "import") {
    if (const std::string problem = importProblem(); !problem.empty()) return usage(problem);
  }

  const registry::CompositionSource source{file_, set_, config::Environment::ofProcess(),
                                           registry::pluginFolderOfProgram()};
  if (command == "check") return check(source, std::cout, std::cerr);
  if (command == "plugins") return plugins(source, std::cout, std::cerr);
  if (command == "import") return importData(source, import_, std::cout, std::cerr);
  return commands::run(source, std::cerr);
}

}  // namespace kavro::commands
