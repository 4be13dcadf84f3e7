#include "kernel/commands/plugins.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <vector>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"

namespace kavro::commands {
namespace {

using Row = std::array<std::string, 6>;

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ", ") + word;
  return result.empty() ? "-" : result;
}

Row rowOf(const registry::PluginListing& listing) {
  Row row{listing.instance, "-", listing.on ? "on" : "off", "-", "-", ""};
  if (listing.library != listing.instance) row[5] = "(" + listing.library + ") ";
  if (!listing.manifest) {
    row[5] += "PROBLEM: " + config::listed(listing.reasons);
    return row;
  }
  const registry::Manifest& manifest = *listing.manifest;
  std::vector<std::string> needs = manifest.requires_;
  for (const std::string& id : manifest.optional) needs.push_back(id + "?");
  row[1] = manifest.version;
  row[3] = joined(manifest.provides);
  row[4] = joined(needs);
  row[5] += manifest.summary;
  return row;
}

}  // namespace

int plugins(const registry::CompositionSource& source, std::ostream& output, std::ostream& error) {
  registry::CompositionResult result = registry::compose(source);
  std::vector<Row> rows{{"NAME", "VERSION", "STATE", "PROVIDES", "REQUIRES", "SUMMARY"}};
  for (const registry::PluginListing& listing : result.plugins) rows.push_back(rowOf(listing));
  std::array<std::size_t, 6> width{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      output << row[i] << std::string(width[i] + 2 - row[i].size(), ' ');
    }
    output << row.back() << '\n';
  }
  writeProblems(result.problems, error);
  return result.composition ? kExitOk : kExitConfiguration;
}

}  // namespace kavro::commands
