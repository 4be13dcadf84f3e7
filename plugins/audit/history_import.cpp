#include "history_import.hpp"

#include <string>

#include <kavro/json.hpp>

namespace kavro::audit {
namespace {

enum Column : size_t { kId, kUser, kAction, kDetails, kTime };

constexpr std::string_view kDeviceName = "device_name";

// The details as compact JSON, without a device's name; nothing for none.
std::optional<std::string> readDetails(const Request::Tables& tables, std::string_view text, bool& left_out) {
  kavro_json_document parsed{};
  parsed.size = sizeof parsed;
  const char* why = "";
  std::string json;
  if (tables.json->parse(tables.host, toAbi(text), &parsed, &why) != KAVRO_OK) {
    JsonWriter(json).string(text);  // Python's NaN, and the like
    return json;
  }
  const JsonDocument document(tables.json, parsed);
  const JsonValue root = document.root();
  if (root.isNull()) return std::nullopt;
  JsonWriter writer(json);
  if (!root.isObject()) {
    writer.value(root);
    return json;
  }
  writer.beginObject();
  root.eachMember([&](std::string_view name, JsonValue value) {
    if (name != kDeviceName || value.isNull()) {
      writer.key(name).value(value);
    } else {
      left_out = true;
    }
  });
  writer.endObject();
  return json;
}

}  // namespace

HistoryImport::HistoryImport(const Host& host)
    : tables_(host.tables()),
      table_(host,
             {.source = "audit_logs",
              .target = "audit_history",
              .columns = {"id", "user_id?", "action", "details?", "timestamp?"}},
             [this](Session& session, const ImportRow& row) { return takeOver(session, row); }) {
  host.database().migration(1, "the log of a service that was imported", R"(
    CREATE TABLE audit_history (
      id {id},
      user_id BIGINT,
      action TEXT NOT NULL,
      details TEXT,
      time_us BIGINT NOT NULL
    ))");
}

ImportResult HistoryImport::takeOver(Session& session, const ImportRow& row) const {
  const int64_t id = row.integer(kId), time_us = row.findTime(kTime).value_or(0);
  const std::string_view action = row.text(kAction);
  const std::optional<int64_t> user_id = row.findInteger(kUser);
  bool left_out = false;
  std::optional<std::string> details;
  if (const auto text = row.findText(kDetails)) details = readDetails(tables_, *text, left_out);
  const std::optional<std::string_view> stored = details ? std::optional<std::string_view>(*details) : std::nullopt;
  const bool added = session.execute(
                         "INSERT INTO audit_history (id, user_id, action, details, time_us) "
                         "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                         id, user_id, action, stored, time_us) == 1;
  if (added) {
    return ImportResult::imported(left_out ? "the device's name is left out: it comes with the devices"
                                           : std::string_view());
  }
  bool same = false;
  session.query(
      "SELECT action, time_us FROM audit_history WHERE id = $1",
      [&](const Row& found) { same = found.text(0) == action && found.integer(1) == time_us; }, id);
  return same ? ImportResult::present() : ImportResult::refused("the id belongs to another entry here");
}

}  // namespace kavro::audit
