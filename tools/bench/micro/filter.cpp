// One filter that does nothing: called directly, and by the pipeline through the C boundary, in a plugin.
#include "tools/bench/micro/noop/no_op_filter.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/pipeline.hpp"
#include "tools/bench/micro/servers.hpp"

namespace kavro::micro {

void addFilter(std::vector<Entry>& entries) {
  Entry direct = repeated("NoOpFilter/direct", [](Servers&) {
    auto abi = std::make_unique<kavro_request>();
    auto tables = std::make_unique<Request::Tables>();
    const Request request(*tables, nullptr, abi.get());
    return [abi = std::move(abi), tables = std::move(tables), request] { use(noop::noOpFilter(request).has_value()); };
  });
  direct.batch = 4096;
  entries.push_back(std::move(direct));

  // A request that goes through 256 of them, divided by 256. The request around them is left in: what it costs makes
  // the filter look dearer than it is, by a few nanoseconds.
  Entry abi;
  abi.name = "NoOpFilter/abi";
  abi.make = [](Servers& servers) { return std::make_unique<Pipeline>(servers.noOp(), noop::kFilters); };
  abi.batch = Pipeline::kRequests * noop::kFilters;
  abi.prepares = true;
  entries.push_back(std::move(abi));
}

}  // namespace kavro::micro
