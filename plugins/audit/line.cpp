#include "line.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include <kavro/json.hpp>
#include <kavro/text.hpp>

namespace kavro::audit {
namespace {

constexpr size_t kUsualLineBytes = 320;
constexpr std::array<std::string_view, 6> kOwnNames = {"timestamp", "event", "user", "status", "ip", "request_id"};

std::string_view cut(kavro_text text) { return fromAbi(text).substr(0, kValueBytesMax); }

void writeTime(JsonWriter& writer, int64_t time_us) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds(time_us)};
  const auto seconds_of = floor<seconds>(time);
  const std::time_t whole = system_clock::to_time_t(seconds_of);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  char date[32];
  const size_t length = std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  char text[48];
  const int size = std::snprintf(text, sizeof text, "%.*s.%06dZ", static_cast<int>(length), date,
                                 static_cast<int>((time - seconds_of).count()));
  writer.string(std::string_view(text, static_cast<size_t>(size)));
}

void writeOrNull(JsonWriter& writer, kavro_text text) {
  if (text.size == 0) {
    writer.null();
  } else {
    writer.string(cut(text));
  }
}

int64_t now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()).time_since_epoch().count();
}

}  // namespace

std::string lineOf(const kavro_event& event) {
  std::string line;
  line.reserve(kUsualLineBytes);
  JsonWriter writer(line);
  writer.beginObject().key("timestamp");
  writeTime(writer, event.time_us != 0 ? event.time_us : now());
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
