#include "kernel/commands/import.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/config/file_content.hpp"
#include "kernel/import/importer.hpp"
#include "kernel/import/temporary_database.hpp"
#include "kernel/registry/generation.hpp"
#include "kernel/server/options.hpp"

namespace kavro::commands {

namespace {

using Write = kavro::import::Importer::Write;
using WriteFunction = std::function<kavro_status(kavro_session*)>;

constexpr std::size_t kUrlBytesMax = 8192;

// Taken by stopAsked() and no other thread.
sigset_t blockSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  return stop;
}

bool stopAsked(const sigset_t& stop) {
  constexpr timespec kNow{0, 0};
  return sigtimedwait(&stop, nullptr, &kNow) > 0;
}

// The URL, or why there is none.
std::variant<kavro::import::SourceUrl, std::string> readUrl(const ImportOptions& options) {
  if (options.from_file.empty()) {
    auto url = kavro::import::SourceUrl::parse(options.from);
    if (auto* why = std::get_if<std::string>(&url)) return "--from: " + *why;
    return url;
  }
  config::FileContent content = config::readFile(options.from_file, kUrlBytesMax);
  if (!content.why.empty()) return "--from-file: " + options.from_file + ": " + content.why;
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  const auto end = std::find_if_not(content.bytes.rbegin(), content.bytes.rend(), blank).base();
  content.bytes.erase(end, content.bytes.end());
  auto url = kavro::import::SourceUrl::parse(content.bytes);
  if (auto* why = std::get_if<std::string>(&url)) return "--from-file: what " + options.from_file + " holds " + *why;
  return url;
}

// Runs the function as one write of the database, and waits.
kavro_status writeNow(database::Database& database, const WriteFunction& function) {
  struct Job {
    const WriteFunction& function;
    std::promise<kavro_status> done;
  } job{function, {}};
  std::future<kavro_status> outcome = job.done.get_future();
  database.write([](void* user, kavro_session* session) { return static_cast<Job*>(user)->function(session); },
                 [](void* user, kavro_status status) { static_cast<Job*>(user)->done.set_value(status); }, &job);
  return outcome.get();
}

// What every import needs: a database, and the plugins on it.
struct Target {
  Target(const registry::Composition& composition, database::Options options, host::Log& log)
      : sqlite(options.url.starts_with("sqlite:")),
        database(database::Database::open(options)),
        workers(server::workerOptions(composition)),
        facilities(log, *database, workers, parts),
        generation(composition, facilities, libraries) {}

  std::vector<kavro::import::Claim> claims() const {
    std::vector<kavro::import::Claim> claims;
    for (host::PluginHost* plugin : generation.hosts()) {
      for (const auto& table : plugin->registrations().imports) claims.push_back({plugin, &table});
    }
    return claims;
  }

  // Whether nothing is left to be migrated. Changes nothing.
  bool isCurrent() const;

  const bool sqlite;
  std::unique_ptr<database::Database> database;
  host::WorkPool workers;
  host::Parts parts;
  host::Facilities facilities;
  registry::Libraries libraries;
  registry::Generation generation;
};

bool isSqlite(const registry::Composition& composition) { return composition.database_url.starts_with("sqlite:"); }

bool Target::isCurrent() const {
  // Asked for by name first, because a statement that fails is an error in the log.
  constexpr std::string_view kInSqlite = "SELECT count(*) FROM sqlite_schema WHERE name = 'kavro_migrations'";
  constexpr std::string_view kInPostgres = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('kavro_migrations')";
  std::vector<database::AppliedMigration> applied;
  const kavro_status status = writeNow(*database, [&](kavro_session* session) -> kavro_status {
    applied.clear();
    try {
      Session view(static_cast<const kavro_database_v1*>(host::findInterface(KAVRO_DATABASE)), session);
      std::int64_t tables = 0;
      view.query(sqlite ? kInSqlite : kInPostgres, [&](const Row& row) { tables = row.integer(0); });
      if (tables == 0) return KAVRO_NOT_FOUND;
      view.query("SELECT owner, version, checksum FROM kavro_migrations", [&](const Row& row) {
        applied.push_back(
            {std::string(row.text(0)), static_cast<std::uint32_t>(row.integer(1)), std::string(row.text(2))});
      });
      return KAVRO_OK;
    } catch (const Error& error) {
      return static_cast<kavro_status>(error.status());
    }
  });
  if (status != KAVRO_OK && status != KAVRO_NOT_FOUND) throw std::runtime_error("the database is not available now");
  return status == KAVRO_OK && database::pendingMigrations(generation.migrations(), applied).empty();
}

bool mayExist(const registry::Composition& composition) {
  if (!isSqlite(composition)) return true;
  return config::whyNoFile(composition.database_url.substr(std::string_view("sqlite:").size())).empty();
}

// The database's URL as it may be shown: without user, password and parameters.
std::string shown(const registry::Composition& composition) {
  const auto url = kavro::import::SourceUrl::parse(composition.database_url);
  const auto* known = std::get_if<kavro::import::SourceUrl>(&url);
  return known ? known->shown : "the database of the configuration";
}

class Import {
 public:
  Import(const registry::Composition& composition, const ImportOptions& options, host::Log& log, std::ostream& error,
         const sigset_t& stop)
      : composition_(composition),
        options_(options),
        log_(log),
        progress_(error, kavro::import::ProgressLine::kindOf(STDERR_FILENO)),
        stop_(stop) {}

  void run(kavro::import::Source& source, kavro::import::Report& report) {
    if (options_.dry_run) return tryOut(source, report);
    Target target(composition_, server::databaseOptions(composition_, log_), log_);
    target.generation.migrate();
    importInto(target, source, report);
    target.database->stop();
  }

 private:
  void importInto(Target& target, kavro::import::Source& source, kavro::import::Report& report) {
    runImporter(
        source, target.claims(), [&](const WriteFunction& function) { return writeNow(*target.database, function); },
        target.sqlite ? kavro::import::Counting::kByItself : kavro::import::Counting::kSequence, true, report);
  }

  void runImporter(kavro::import::Source& source, std::vector<kavro::import::Claim> claims, Write write,
                   kavro::import::Counting counting, bool leases, kavro::import::Report& report) {
    kavro::import::Importer::Options options;
    options.batch_rows = options_.batch_rows;
    options.recheck = options_.recheck;
    options.counting = counting;
    options.leases = leases;
    kavro::import::Importer(source, std::move(claims), std::move(write), options, progress_, [this] {
      return stopAsked(stop_);
    }).run(report);
  }

  // On the database itself, in one transaction that is rolled back, when it has all the tables; otherwise on an empty
  // one, because a schema cannot be brought up to date for a moment on every database.
  void tryOut(kavro::import::Source& source, kavro::import::Report& report) {
    std::string why = "which does not exist yet";
    if (mayExist(composition_)) {
      Target target(composition_, server::databaseOptions(composition_, log_), log_);
      if (target.isCurrent()) {
        report.mode = "Dry run, in one transaction that was rolled back: nothing was changed";
        writeNow(*target.database, [&](kavro_session* session) -> kavro_status {
          const Write inside = [session](const WriteFunction& function) { return function(session); };
          // A sequence would not be rolled back, so no id is counted on.
          runImporter(source, target.claims(), inside, kavro::import::Counting::kByItself, false, report);
          return KAVRO_ERROR;
        });
        target.database->stop();
        return;
      }
      why = "whose tables are not there or not up to date: what it holds was not looked at";
    }
    report.mode = "Dry run into an empty temporary database in place of that one, " + why + "; nothing was changed";
    const kavro::import::TemporaryDatabase temporary;
    database::Options options = server::databaseOptions(composition_, log_);
    options.url = temporary.url();
    Target target(composition_, options, log_);
    target.generation.migrate();
    importInto(target, source, report);
    target.database->stop();
  }

  const registry::Composition& composition_;
  const ImportOptions& options_;
  host::Log& log_;
  kavro::import::ProgressLine progress_;
  const sigset_t& stop_;
};

int conclude(const kavro::import::Report& report, std::ostream& error) {
  if (!report.ended.empty()) error << "kavro import: " << report.ended << '\n';
  if (report.ended.empty() && !report.interrupted) return report.total().refused == 0 ? kExitOk : kExitFailure;
  if (report.mode.empty() && report.total().read > 0)
    error << "What was imported is kept. To go on from there, run the same command again.\n";
  return kExitFailure;
}

}  // namespace

int importData(const registry::CompositionSource& source, const ImportOptions& options, std::ostream& output,
               std::ostream& error) {
  const auto url = readUrl(options);
  if (const auto* why = std::get_if<std::string>(&url)) {
    error << "kavro import: " << *why << '\n';
    return kExitUsage;
  }
  const registry::CompositionResult result = registry::compose(source);
  writeProblems(result.problems, error);
  if (!result.composition) return kExitConfiguration;

  std::ofstream report_file;
  if (!options.report.empty()) {
    report_file.open(options.report, std::ios::trunc);
    if (!report_file) {
      error << "kavro import: --report: " << options.report << " cannot be written; nothing was changed\n";
      return kExitUsage;
    }
  }
  const sigset_t stop = blockSignals();
  // What a server tells about its life is of no interest here.
  host::Log log(std::min(server::logLevel(*result.composition), host::Log::Level::kWarning));
  kavro::import::Report report;
  report.source = std::get<kavro::import::SourceUrl>(url).shown;
  report.target = shown(*result.composition);
  try {
    const auto from = kavro::import::Source::open(std::get<kavro::import::SourceUrl>(url));
    Import(*result.composition, options, log, error, stop).run(*from, report);
  } catch (const std::exception& problem) {
    error << "kavro import: " << problem.what() << "\nNothing was imported\n";
    return kExitConfiguration;
  }
  report.writeText(output);
  output.flush();
  if (report_file.is_open()) {
    report_file << report.json();
    if (!report_file.flush()) error << "kavro import: --report: " << options.report << " could not be written\n";
  }
  return conclude(report, error);
}

}  // namespace kavro::commands
