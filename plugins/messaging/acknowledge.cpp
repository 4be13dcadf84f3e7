#include "acknowledge.hpp"

namespace kavro::messaging {

Task<Response> Acknowledge::operator()(const Request& request) const {
  Event failure("message_ack", "failure");
  failure.from(request);
  const std::optional<int64_t> id = parseInteger(request.path("id"));
  if (!id) {
    host_.emit(failure.detail("reason", "invalid_request"));
    co_return Response::problem(422, "Validation failed", {{"id", "expected the id of a message, an integer"}});
  }
  failure.detail("message_id", *id);

  const std::optional<Delivery> delivery = co_await store_.findDelivery(*id);
  if (!delivery) {
    host_.emit(failure.detail("reason", "no_such_message"));
    co_return Response::problem(404, "Message not found.");
  }
  if (delivery->recipient_id != request.principal()->id) {
    host_.emit(failure.detail("reason", "not_the_recipient"));
    co_return Response::problem(403, "You don't have permission to access this message.");
  }
  if (request.conditionFailed()) {
    host_.emit(failure.detail("reason", "invalid_request"));
    co_return Response::conditionFailed();
  }
  // Only an acknowledgement that changes something costs a durable write.
  if (!delivery->acknowledged) co_await store_.acknowledge(*id);
  host_.emit(Event("message_ack", "success").from(request).detail("message_id", *id));
  co_return Response::json(R"({"status":"acknowledged"})");
}

}  // namespace kavro::messaging
