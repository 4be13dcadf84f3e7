#include "kernel/http/site.hpp"

#include <algorithm>

namespace kavro::http {

Site::Site(Router the_router, std::vector<Filter> filters, std::vector<std::pair<std::string, std::string>> fields,
           std::optional<Router> admin)
    : router(std::move(the_router)), admin_router(std::move(admin)) {
  std::stable_sort(filters.begin(), filters.end(), [](const Filter& a, const Filter& b) {
    return std::pair(a.phase, a.order) < std::pair(b.phase, b.order);
  });
  for (Filter& filter : filters) {
    if (filter.phase >= KAVRO_PHASE_OBSERVE) {
      observe.push_back(std::move(filter));
    } else if (filter.phase >= KAVRO_PHASE_RESPOND) {
      respond.push_back(std::move(filter));
    } else {
      if (filter.phase == KAVRO_PHASE_ADMIT) admit_end = before.size() + 1;
      if (filter.phase <= KAVRO_PHASE_AUTHENTICATE) authenticate_end = before.size() + 1;
      if (!filter.challenge.empty()) challenges += (challenges.empty() ? "" : ", ") + filter.challenge;
      before.push_back(std::move(filter));
    }
  }
  for (auto& [name, value] : fields) {
    constant_fields.push_back({name, name + ": " + value + "\r\n"});
    constant_block += constant_fields.back().line;
  }
}

}  // namespace kavro::http
