#include "kernel/import/report.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <ostream>

#include <kavro/json.hpp>

namespace kavro::import {
namespace {

const char* name(TableReport::State state) {
  switch (state) {
    case TableReport::State::kMissing:
      return "missing";
    case TableReport::State::kBegun:
      return "begun";
    case TableReport::State::kComplete:
      return "complete";
    default:
      return "not reached";
  }
}

std::string note(const TableReport& table) {
  std::string note;
  if (table.state == TableReport::State::kMissing) note = "not in the source";
  if (table.state == TableReport::State::kNotReached) note = "not reached";
  if (table.state == TableReport::State::kBegun) {
    note = std::to_string(table.rows - std::min(table.rows, table.counts.read)) + " rows are left";
  }
  if (table.earlier.read > 0) {
    note += (note.empty() ? "" : "; ") + std::string("goes on after ") + std::to_string(table.earlier.read) +
            " rows of earlier runs";
    if (table.earlier.refused > 0) note += ", " + std::to_string(table.earlier.refused) + " of them refused";
  }
  return note;
}

std::string keyList(const Remark& remark) {
  std::string list;
  for (const std::int64_t key : remark.keys) list += (list.empty() ? "" : ", ") + std::to_string(key);
  return list + (remark.rows > remark.keys.size() ? ", ..." : "");
}

void writeCounts(JsonWriter& json, const RowCounts& counts) {
  const auto number = [&](std::string_view key, std::uint64_t value) {
    json.key(key).integer(static_cast<std::int64_t>(value));
  };
  json.beginObject();
  number("read", counts.read);
  number("imported", counts.imported);
  number("present", counts.present);
  number("refused", counts.refused);
  json.endObject();
}

void writeTable(JsonWriter& json, const TableReport& table) {
  json.beginObject().key("plugin").string(table.plugin).key("source_table").string(table.source_table);
  json.key("state").string(name(table.state)).key("rows").integer(static_cast<std::int64_t>(table.rows));
  writeCounts(json.key("counts"), table.counts);
  writeCounts(json.key("earlier"), table.earlier);
  json.key("remarks").beginArray();
  for (const Remark& remark : table.remarks) {
    json.beginObject().key("outcome").string(remark.outcome).key("why").string(remark.why);
    json.key("rows").integer(static_cast<std::int64_t>(remark.rows)).key("first_keys").beginArray();
    for (const std::int64_t key : remark.keys) json.integer(key);
    json.endArray().endObject();
  }
  json.endArray().endObject();
}

}  // namespace

void addRemark(std::vector<Remark>& remarks, const Remark& remark) {
  const auto find = [&](std::string_view why) {
    return std::find_if(remarks.begin(), remarks.end(),
                        [&](const Remark& other) { return other.outcome == remark.outcome && other.why == why; });
  };
  std::string_view why = remark.why;
  auto found = find(why);
  if (found == remarks.end() && remarks.size() >= Remark::kRemarksMax) found = find(why = Remark::kOthers);
  if (found == remarks.end()) found = remarks.insert(found, Remark{remark.outcome, std::string(why), 0, {}});
  found->rows += remark.rows;
  for (const std::int64_t key : remark.keys) {
    if (found->keys.size() < Remark::kKeysMax) found->keys.push_back(key);
  }
}

RowCounts Report::total() const {
  RowCounts sum;
  for (const TableReport& table : tables) sum += table.counts;
  return sum;
}

void Report::writeText(std::ostream& output) const {
  output << "Import from " << source << "\n       into " << target << '\n';
  if (!mode.empty()) output << mode << '\n';
  std::size_t width = 5;
  for (const TableReport& table : tables) width = std::max(width, table.source_table.size());
  const auto cell = [&](const auto& value) { output << std::right << std::setw(11) << value; };
  output << '\n' << std::left << std::setw(static_cast<int>(width)) << "table";
  for (const char* title : {"read", "imported", "present", "refused"}) cell(title);
  output << '\n';
  for (const TableReport& table : tables) {
    output << std::left << std::setw(static_cast<int>(width)) << table.source_table;
    for (const std::uint64_t count :
         {table.counts.read, table.counts.imported, table.counts.present, table.counts.refused}) {
      cell(count);
    }
    const std::string said = note(table);
    output << (said.empty() ? "" : "  ") << said << '\n';
  }
  for (const TableReport& table : tables) {
    for (const Remark& remark : table.remarks) {
      output << '\n'
             << table.source_table << ": " << remark.rows << ' ' << remark.outcome << ": " << remark.why << "\n  ("
             << keyList(remark) << ')';
    }
  }
  output << '\n';
  if (!unclaimed.empty()) {
    output << "not imported, because no plugin that is on takes them:";
    for (const std::string& table : unclaimed) output << ' ' << table;
    output << '\n';
  }
  const double seconds = static_cast<double>(time.count()) / 1000;
  output << total().read << " rows in " << std::fixed << std::setprecision(1) << seconds << " s";
  if (seconds > 0) output << ", " << static_cast<std::uint64_t>(static_cast<double>(total().read) / seconds) << "/s";
  output << '\n';
}

std::string Report::json() const {
  std::string out;
  JsonWriter json(out);
  json.beginObject().key("source").string(source).key("target").string(target);
  json.key("dry_run").boolean(!mode.empty()).key("time_ms").integer(time.count());
  json.key("ended");
  ended.empty() ? json.null() : json.string(ended);
  json.key("interrupted").boolean(interrupted);
  json.key("tables").beginArray();
  for (const TableReport& table : tables) writeTable(json, table);
  json.endArray().key("unclaimed_tables").beginArray();
  for (const std::string& table : unclaimed) json.string(table);
  json.endArray().endObject();
  return out + "\n";
}

}  // namespace kavro::import
