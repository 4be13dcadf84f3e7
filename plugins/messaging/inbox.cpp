#include "inbox.hpp"

#include <string>
#include <vector>

#include "inbox_writer.hpp"

namespace kavro::messaging {
namespace {

// A parameter that is there twice means one thing to us and perhaps another to a proxy before us.
void refuseRepeated(const Request& request, std::string_view name, std::vector<FieldProblem>& problems) {
  if (request.queryCount(name) > 1) problems.push_back({std::string(name), "is there more than once"});
}

}  // namespace

Task<Response> Inbox::operator()(const Request& request) const {
  InboxQuery query{request.principal()->id, std::nullopt, limits_.limit_default};
  std::vector<FieldProblem> problems;
  refuseRepeated(request, "limit", problems);
  refuseRepeated(request, "after", problems);
  if (const auto text = request.query("limit")) {
    query.limit = parseInteger(*text).value_or(0);
    if (query.limit < 1 || query.limit > limits_.limit_max) {
      problems.push_back({"limit", "expected a whole number from 1 to " + std::to_string(limits_.limit_max)});
    }
  }
  if (const auto text = request.query("after")) {
    query.after = parseInteger(*text);
    if (query.after.value_or(-1) < 0) {
      problems.push_back({"after", "expected the id of a message, or 0 to begin with the oldest"});
    }
  }
  if (!problems.empty()) {
    host_.emit(Event("message_fetch", "failure").from(request).detail("reason", "invalid_request"));
    co_return Response::problem(422, "Validation failed", problems);
  }

  InboxWriter writer(cipher_, limits_.bytes_max);
  co_await store_.list(query, writer);
  host_.emit(Event("message_fetch", "success").from(request).detail("count", static_cast<int64_t>(writer.count())));
  co_return Response::json(writer.finish());
}

}  // namespace kavro::messaging
