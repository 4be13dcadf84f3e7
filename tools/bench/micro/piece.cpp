#include "tools/bench/micro/piece.hpp"

namespace kavro::micro {

std::vector<Entry> allEntries() {
  std::vector<Entry> entries;
  addParse(entries);
  addRoute(entries);
  addToken(entries);
  addJson(entries);
  addBase64(entries);
  addFernet(entries);
  addLimiter(entries);
  addAudit(entries);
  addGroupCommit(entries);
  addFilter(entries);
  addPipeline(entries);
  return entries;
}

}  // namespace kavro::micro
