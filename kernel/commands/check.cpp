#include "kernel/commands/check.hpp"

#include <ostream>

#include "kernel/commands/exit_code.hpp"

namespace kavro::commands {

int check(const registry::CompositionSource& source, std::ostream& output, std::ostream& error) {
  registry::CompositionResult result = registry::compose(source);
  writeProblems(result.problems, error);
  if (!result.composition) return kExitConfiguration;
  std::vector<std::string> names;
  for (const registry::PlannedPlugin& plugin : result.composition->plugins) names.push_back(plugin.instance);
  output << source.file << ": ok, " << names.size() << (names.size() == 1 ? " plugin on" : " plugins on");
  for (std::size_t i = 0; i < names.size(); ++i) output << (i == 0 ? " (" : ", ") << names[i];
  output << (names.empty() ? "\n" : ")\n");
  return kExitOk;
}

void writeProblems(const config::Problems& problems, std::ostream& error) {
  for (const config::Problem& problem : problems) error << problem.text() << '\n';
  std::size_t errors = config::countErrors(problems);
  if (errors > 0) error << errors << (errors == 1 ? " problem" : " problems") << "; nothing was changed\n";
}

}  // namespace kavro::commands
