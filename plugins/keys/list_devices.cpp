#include "list_devices.hpp"

#include <string>
#include <utility>
#include <vector>

#include <kavro/utc_time.hpp>

namespace kavro::keys {
namespace {

constexpr size_t kUsualBytes = 256;  // of a device as JSON

}  // namespace

Task<Response> ListDevices::operator()(const Request& request) const {
  const std::optional<int64_t> user_id = parseInteger(request.path("user_id"));
  if (!user_id || *user_id <= 0) {
    co_return Response::problem(422, "Validation failed", {{"user_id", "expected a positive integer"}});
  }

  const std::vector<Device> devices = co_await store_.list(*user_id);

  std::string out;
  out.reserve((1 + devices.size()) * kUsualBytes);
  JsonWriter writer(out);
  writer.beginObject().key("devices").beginArray();
  for (const Device& device : devices) {
    writer.beginObject().key("id").integer(device.id).key("user_id").integer(*user_id);
    writer.key("identity_pubkey").string(device.identity_pubkey).key("device_name");
    if (device.device_name) {
      writer.string(*device.device_name);
    } else {
      writer.null();
    }
    writer.key("created_at").string(UtcTime(device.created_us).text()).endObject();
  }
  writer.endArray().endObject();
  co_return Response::json(std::move(out));
}

}  // namespace kavro::keys
