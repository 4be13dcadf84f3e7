#include "tests/fuzz/running_service.hpp"

#include <cstdlib>
#include <fstream>

#include "kernel/registry/composition.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/loopback.hpp"

namespace kavro::fuzz {

RunningService::RunningService(const std::string& sections) {
  const std::string folder = makeFolder();
  registry::CompositionSource source;
  source.file = folder + "/kavro.ini";
  source.plugin_path = KAVRO_TEST_PLUGINS;
  // The sanitizer stops all threads while it looks for leaks: that is no plugin's fault.
  std::ofstream(source.file) << "[server]\nreactors = 1\nworkers = 1\nblock_timeout = 1min\n"
                             << "[http]\nlisten = http://127.0.0.1:0\n"
                             << "[database]\nurl = sqlite:kavro.db\n"
                             << sections;
  registry::CompositionResult composed = registry::compose(source);
  for (const config::Problem& problem : composed.problems) {
    require(problem.severity == config::Severity::kWarning, "a good configuration", problem.text());
  }
  silenceLog();
  log_ = std::make_unique<host::Log>(host::Log::Level::kError);
  service_ = std::make_unique<server::Service>(source, *composed.composition, *log_, [] {});
  service_->start();
  const std::string address = service_->addresses().at(0);
  port_ = static_cast<std::uint16_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str()));
}

}  // namespace kavro::fuzz
