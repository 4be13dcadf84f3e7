#include "line.hpp"

#include <algorithm>
#include <array>

#include <kavro/json.hpp>
#include <kavro/text.hpp>
#include <kavro/utc_time.hpp>

namespace kavro::audit {
namespace {

constexpr size_t kUsualLineBytes = 320;
constexpr std::array<std::string_view, 10> kOwnNames = {"timestamp",  "event", "user", "status", "ip",
                                                        "request_id", "mac",   "seq",  "hash",   "signature"};

std::string_view cut(kavro_text text) { return fromAbi(text).substr(0, kValueBytesMax); }

void writeOrNull(JsonWriter& writer, kavro_text text) {
  if (text.size == 0) {
    writer.null();
  } else {
    writer.string(cut(text));
  }
}

// How many of the first `count` fields have that name.
std::ptrdiff_t countNames(const kavro_event& event, std::string_view name, size_t count) {
  return std::count_if(event.fields, event.fields + count,
                       [&](const kavro_field& field) { return cut(field.name) == name; });
}

// For a field whose name is there already: JSON with a name twice means what its reader likes.
std::string otherName(const kavro_event& event, size_t i, bool taken) {
  std::string name = (taken ? "detail_" : "") + std::string(cut(event.fields[i].name));
  const bool again = countNames(event, cut(event.fields[i].name), i) > 0;
  if (again || countNames(event, name, event.field_count) > 0) name += "_" + std::to_string(i + 1);
  while (countNames(event, name, event.field_count) > 0) name += '_';
  return name;
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
    if (taken || countNames(event, name, i) > 0) {
      writer.key(otherName(event, i, taken));
    } else {
      writer.key(name);
    }
    writer.string(cut(event.fields[i].value));
  }
  writer.endObject();
  line += '\n';
  return line;
}

std::string ownLine(std::string_view name, const std::vector<std::pair<std::string, std::string>>& fields,
                    std::string_view status) {
  std::vector<kavro_field> told;
  for (const auto& [field, value] : fields) told.push_back({toAbi(field), toAbi(value)});
  kavro_event event{};
  event.size = sizeof event;
  event.name = toAbi(name);
  event.status = toAbi(status);
  event.fields = told.data();
  event.field_count = static_cast<uint32_t>(told.size());
  return lineOf(event);
}

std::string lineOfLoss(std::uint64_t count) {
  return ownLine("audit_lost", {{"lines", std::to_string(count)}}, "failure");
}

}  // namespace kavro::audit
