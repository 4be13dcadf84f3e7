#include "kernel/registry/place.hpp"

namespace kavro::registry {
namespace {

constexpr std::string_view kPlugin = "plugin ";

std::string_view firstWord(std::string_view text) { return text.substr(0, text.find_first_of(" :,;")); }

std::string placeOf(const Composition& composition, std::string_view why) {
  if (why.starts_with(kPlugin)) {
    const std::string_view name = firstWord(why.substr(kPlugin.size()));
    for (const PlannedSwitch& known : composition.switches) {
      if (known.instance == name) return known.origin;
    }
  }
  if (const auto end = why.find("] "); why.starts_with('[') && end != std::string_view::npos) {
    const auto section = composition.kernel.find(why.substr(1, end - 1));
    if (section != composition.kernel.end()) return std::string(section->second.origin(firstWord(why.substr(end + 2))));
  }
  return {};
}

}  // namespace

std::string withPlace(const Composition& composition, std::string_view why) {
  std::string place = placeOf(composition, why);
  if (place.empty() || place == "default") place = composition.file;
  return place + ": " + std::string(why);
}

}  // namespace kavro::registry
