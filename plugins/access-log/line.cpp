#include "line.hpp"

#include <algorithm>
#include <string_view>

#include <kavro/json.hpp>
#include <kavro/text.hpp>
#include <kavro/utc_time.hpp>

namespace kavro::access_log {
namespace {

void writeOrNull(JsonWriter& writer, std::string_view text) {
  if (text.empty()) {
    writer.null();
  } else {
    writer.string(text.substr(0, kValueBytesMax));
  }
}

// Names are in lower case already.
std::string_view userAgent(const kavro_request& request) {
  for (size_t i = 0; i < request.field_count; ++i) {
    if (fromAbi(request.fields[i].name) == "user-agent") return fromAbi(request.fields[i].value);
  }
  return {};
}

bool hasNoBody(std::string_view method, int status) { return method == "HEAD" || status == 204 || status == 304; }

}  // namespace

void appendLine(std::string& out, const kavro_request& request, const kavro_response& response, int64_t now_us) {
  const std::string_view method = fromAbi(request.method), target = fromAbi(request.target);
  const size_t bytes = hasNoBody(method, response.status) ? 0 : response.body.size;
  JsonWriter writer(out);
  writer.beginObject().key("time").string(UtcTime(now_us).text());
  writer.key("request_id").string(fromAbi(request.id).substr(0, kValueBytesMax)).key("address");
  writeOrNull(writer, fromAbi(request.peer_address));
  writer.key("method");
  writeOrNull(writer, method);
  writer.key("route");
  writeOrNull(writer, fromAbi(request.route));
  writer.key("path");
  writeOrNull(writer, target.substr(0, target.find('?')));
  writer.key("status").integer(response.status).key("bytes").integer(static_cast<int64_t>(bytes));
  // The system's clock may be set back meanwhile.
  writer.key("duration_us").integer(std::max<int64_t>(0, now_us - request.received_us)).key("user");
  writeOrNull(writer, request.principal ? fromAbi(request.principal->name) : std::string_view());
  writer.key("user_agent");
  writeOrNull(writer, userAgent(request));
  writer.endObject();
  out += '\n';
}

std::string lineOfLoss(std::uint64_t count) {
  std::string line;
  JsonWriter(line)
      .beginObject()
      .key("time")
      .string(UtcTime(utcNowUs()).text())
      .key("lines_lost")
      .integer(static_cast<int64_t>(count))
      .endObject();
  line += '\n';
  return line;
}

}  // namespace kavro::access_log
