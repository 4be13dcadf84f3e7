#include "kernel/commands/routes.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/registry/place.hpp"
#include "kernel/server/low_priority.hpp"
#include "kernel/server/trial.hpp"

namespace kavro::commands {

int routes(const registry::CompositionSource& source, bool json, std::ostream& output, std::ostream& error) {
  const registry::CompositionResult composed = registry::compose(source);
  writeProblems(composed.problems, error);
  if (!composed.composition) return kExitConfiguration;
  const std::chrono::milliseconds patience(composed.composition->section("server").getInteger("probe_timeout"));
  const server::TrialResult trial = server::tryOut(source, server::TrialKind::kCreate, patience);
  if (!trial.why.empty()) {
    error << registry::withPlace(*composed.composition, trial.why) << '\n';
    return kExitConfiguration;
  }
  if (json) {
    std::string text;
    JsonWriter writer(text);
    writer.beginObject();
    trial.outline.write(writer);
    writer.endObject();
    output << text << '\n';
    return kExitOk;
  }
  std::size_t width = 0;
  for (const auto& route : trial.outline.routes) width = std::max(width, route.pattern.size());
  for (const auto& route : trial.outline.routes) {
    output << std::left << std::setw(8) << route.method << std::setw(static_cast<int>(width) + 2) << route.pattern
           << std::setw(16) << route.owner << (route.needs_principal ? "needs a principal" : "")
           << (route.is_admin && composed.composition->hasAdminAddress() ? "at [admin] only" : "") << '\n';
  }
  output << '\n';
  for (const auto& filter : trial.outline.filters) {
    output << std::left << std::setw(14) << filter.phase << filter.owner << '\n';
  }
  return kExitOk;
}

int trial(const registry::CompositionSource& source, bool probe, std::ostream& error) {
  server::lowerPriority();
  const registry::CompositionResult composed = registry::compose(source);
  if (!composed.composition) {
    writeProblems(composed.problems, error);
    return kExitConfiguration;
  }
  return server::runTrial(*composed.composition, probe ? server::TrialKind::kProbe : server::TrialKind::kCreate);
}

}  // namespace kavro::commands
