#include "line.hpp"

#include <algorithm>
#include <array>

#include <kavro/json.hpp>
#include <kavro/text.hpp>
#include <kavro/utc_time.hpp>

namespace kavro::audit {
namespace {

constexpr size_t kUsualLineBytes = 320;
constexpr std::array<std::string_view, 6> kOwnNames = {"timestamp", "event", "user", "status", "ip", "request_id"};

std::string_view cut(kavro_text text) { return fromAbi(text).substr(0, kValueBytesMax); }

void writeOrNull(JsonWriter& writer, kavro_text text) {
  if (text.size == 0) {
    writer.null();
  } else {
    writer.string(cut(text));
  }
}

}  // namespace

std::string lineOf(const kavro_event& event) {
  std::string line;
  line.reserve(kUsualLineBytes);
  JsonWriter writer(line);
  writer.beginObject().key("timestamp").string(UtcTime(event.time_us != 0 ? event.time_us : utcNowUs()).text());
  writer.key("event").string(cut(event.name)).key("user");
  writeOrNull(writer, event.user);
  writer.key("status").string(cut(event.status)).key("ip");
  writeOrNull(writer, event.peer_address);
  if (event.request_id.size != 0) writer.key("request_id").string(cut(event.request_id));
  for (size_t i = 0; i < std::min<size_t>(event.field_count, kFieldsMax); ++i) {
    const std::string_view name = cut(event.fields[i].name);
    const bool taken = std::find(kOwnNames.begin(), kOwnNames.end(), name) != kOwnNames.end();
    if (taken) {
      writer.key("detail_" + std::string(name));
    } else {
      writer.key(name);
    }
    writer.string(cut(event.fields[i].value));
  }
  writer.endObject();
  line += '\n';
  return line;
}

std::string lineOfLoss(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  const kavro_field field{toAbi("lines"), toAbi(digits)};
  kavro_event event{};
  event.size = sizeof event;
  event.name = toAbi("audit_lost");
  event.status = toAbi("failure");
  event.fields = &field;
  event.field_count = 1;
  return lineOf(event);
}

}  // namespace kavro::audit
