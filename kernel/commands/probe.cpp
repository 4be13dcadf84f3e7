#include "kernel/commands/probe.hpp"

#include <unistd.h>

#include <filesystem>
#include <ostream>
#include <stdexcept>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/database/probe.hpp"
#include "kernel/registry/server_settings.hpp"
#include "kernel/server/options.hpp"
#include "kernel/server/tls_contexts.hpp"
#include "kernel/server/trial.hpp"

namespace kavro::commands {

namespace {

class Report {
 public:
  explicit Report(std::ostream& output) : output_(output) {}

  void add(bool good, const std::string& what, const std::string& detail, const std::string& remedy) {
    output_ << (good ? "ok      " : "FAILED  ") << what;
    if (!detail.empty()) output_ << ": " << detail;
    if (!good && !remedy.empty()) output_ << "; " << remedy;
    output_ << '\n';
    failed_ += good ? 0 : 1;
  }
  std::size_t failed() const { return failed_; }

 private:
  std::ostream& output_;
  std::size_t failed_ = 0;
};

void tryCertificate(const registry::Composition& composition, Report& report) {
  bool uses_tls = false;
  for (const config::ListenAddress& address : composition.listen) uses_tls |= address.tls;
  if (!uses_tls) return;
  try {
    server::TlsContexts().find(registry::tlsFilesOf(composition), server::tlsOptions(composition));
    report.add(true, "certificate " + composition.section("tls").getText("certificate"), "it can be served", "");
  } catch (const std::runtime_error& problem) {
    report.add(false, "certificate", problem.what(), "");
  }
}

void tryDatabase(const registry::Composition& composition, host::Log& log, Report& report) {
  const database::ProbeResult result = database::probe(server::databaseOptions(composition, log));
  report.add(result.good, "database", result.detail, result.remedy);
}

void tryPlugins(const registry::CompositionSource& source, const registry::Composition& composition, Report& report) {
  const std::chrono::milliseconds patience(composition.section("server").getInteger("probe_timeout"));
  const server::TrialResult trial = server::tryOut(source, server::TrialKind::kProbe, patience);
  report.add(trial.why.empty(), "plugins", trial.why.empty() ? "all can be loaded and created" : trial.why, "");
  for (const auto& item : trial.probes) report.add(item.good, item.plugin + ": " + item.what, item.detail, item.remedy);
}

}  // namespace

int probe(const registry::CompositionSource& source, std::ostream& output, std::ostream& error) {
  const registry::CompositionResult result = registry::compose(source);
  if (!result.composition) return check(source, output, error);
  writeProblems(result.problems, error);
  host::Log log(host::Log::Level::kError);
  Report report(output);
  tryCertificate(*result.composition, report);
  tryDatabase(*result.composition, log, report);
  tryPlugins(source, *result.composition, report);
  if (report.failed() == 0) return kExitOk;
  error << source.file << ": " << report.failed() << (report.failed() == 1 ? " thing" : " things")
        << " that the server needs cannot be used\n";
  return kExitConfiguration;
}

}  // namespace kavro::commands
