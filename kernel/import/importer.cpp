#include "kernel/import/importer.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <kavro/error.hpp>
#include <kavro/utc_time.hpp>

namespace kavro::import {
namespace {

// A sequence only ever goes forward here: a server that is running may have taken numbers from it that are not
// committed yet.
std::string advanceSql(const std::string& table) {
  return "SELECT setval(ids.counter, ids.greatest) FROM (SELECT pg_get_serial_sequence('" + table +
         "', 'id')::regclass AS counter, max(id) AS greatest FROM " + table +
         ") ids WHERE ids.greatest > coalesce(pg_sequence_last_value(ids.counter), 0)";
}

const char* outcomeOf(kavro_status status) {
  if (status == KAVRO_OK) return "imported";
  return status == KAVRO_CONFLICT ? "present" : "refused";
}

std::string optional(const std::string& column) { return column.substr(0, column.size() - 1); }

}  // namespace

// Rows that are written together, and what became of them.
struct Importer::Batch {
  const RowBatch& rows;
  const Progress before;
  Progress after{};
  RowCounts counts{};
  std::vector<Remark> remarks{};
  std::string failed{};  // why the transaction cannot be kept

  void startOver() {
    after = before;
    counts = {};
    remarks.clear();
    failed.clear();
  }
};

Importer::Importer(Source& source, std::vector<Claim> claims, Write write, Options options, ProgressLine& progress,
                   std::function<bool()> stop)
    : source_(source),
      claims_(std::move(claims)),
      write_(std::move(write)),
      options_(options),
      progress_line_(progress),
      stop_(std::move(stop)),
      database_(static_cast<const kavro_database_v1*>(host::findInterface(KAVRO_DATABASE))),
      progress_({}) {
  // Whom rows belong to comes before what belongs to them.
  std::stable_partition(claims_.begin(), claims_.end(), [](const Claim& claim) { return claim.table->owner; });
}

void Importer::run(Report& report) {
  const auto start = std::chrono::steady_clock::now();
  report.tables.clear();
  report.unclaimed.clear();
  report.ended.clear();
  progress_ = ProgressTable(report.source);
  interrupted_ = false;
  try {
    importAll(report);
  } catch (const std::exception& error) {
    report.ended = error.what();
  }
  report.interrupted = interrupted_;
  progress_line_.clear();
  report.time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

void Importer::importAll(Report& report) {
  listTables(report);
  inTransaction("preparing the import", [&](Session& session) {
    progress_.create(session);
    if (!options_.leases) return std::string();
    lease_.create(session);
    return lease_.take(session, utcNowUs());
  });
  std::string ended;
  try {
    for (std::size_t i = 0; i < claims_.size() && ended.empty() && !interrupted_; ++i) {
      TableReport& table = report.tables[i];
      if (table.state == TableReport::State::kMissing) continue;
      if (!importTable(claims_[i], table)) {
        ended = std::to_string(table.counts.refused) + " rows of " + table.source_table +
                " were refused, and rows of other tables belong to them: nothing further was imported, so that none "
                "ends up with somebody else; import into a database that is empty, or remove what is in the way";
      }
    }
  } catch (const std::exception& error) {
    ended = error.what();
  }
  if (options_.leases) {
    inTransaction("ending the import", [&](Session& session) {
      lease_.release(session);
      return std::string();
    });
  }
  if (!ended.empty()) throw std::runtime_error(ended);
}

void Importer::listTables(Report& report) {
  std::vector<std::string> present = source_.tables();
  bool any = false;
  for (const Claim& claim : claims_) {
    TableReport& table = report.tables.emplace_back();
    table.plugin = claim.plugin->identity().name;
    table.source_table = claim.table->source_table;
    const bool there = std::find(present.begin(), present.end(), table.source_table) != present.end();
    if (!there) table.state = TableReport::State::kMissing;
    any |= there;
  }
  for (const std::string& name : present) {
    const auto takes = [&](const Claim& claim) { return claim.table->source_table == name; };
    if (std::none_of(claims_.begin(), claims_.end(), takes)) report.unclaimed.push_back(name);
  }
  if (!any) {
    std::string expected;
    for (const Claim& claim : claims_) expected += (expected.empty() ? "" : ", ") + claim.table->source_table;
    throw std::runtime_error(claims_.empty() ? "no plugin that is on takes anything over: switch on those whose data "
                                               "is to be imported"
                                             : "found none of the tables that the plugins take over (" + expected +
                                                   "): is this the right database, and may this user see them?");
  }
}

TableQuery Importer::plan(const Claim& claim) {
  const host::Registrations::Import& table = *claim.table;
  const std::vector<std::string> present = source_.columns(table.source_table);
  const auto has = [&](const std::string& name) {
    return std::find(present.begin(), present.end(), name) != present.end();
  };
  TableQuery query{table.source_table, {}, std::nullopt};
  for (const std::string& column : table.columns) {
    if (column.ends_with('?')) {
      query.columns.push_back(has(optional(column)) ? optional(column) : std::string());
    } else if (has(column)) {
      query.columns.push_back(column);
    } else {
      throw std::runtime_error("the table " + table.source_table + " has no column " + column + ", which " +
                               claim.plugin->identity().name + " needs: is this the right database?");
    }
  }
  return query;
}

// Where an earlier run ended.
void Importer::goOn(const Claim& claim, TableQuery& query, TableReport& report) {
  if (options_.recheck) return;
  std::optional<Progress> found;
  inTransaction("reading how far the import is", [&](Session& session) {
    found = progress_.find(session, report.plugin, claim.table->source_table);
    return std::string();
  });
  if (!found) return;
  query.after = found->last_key;
  // Another database under the same name, restored or made anew: its rows are to be looked at from the first one.
  if (!source_.has(query)) {
    query.after.reset();
    return;
  }
  report.earlier = found->counts;
}

bool Importer::importTable(const Claim& claim, TableReport& report) {
  TableQuery query = plan(claim);
  goOn(claim, query, report);
  report.rows = source_.count(query);
  report.state = TableReport::State::kBegun;
  ReadLimit limit{options_.batch_rows, kBatchBytes};
  Progress progress{query.after.value_or(0), report.earlier};
  for (;;) {
    if (stop_()) {
      interrupted_ = true;
      return true;
    }
    const RowBatch rows = source_.read(query, limit);
    if (rows.empty()) break;
    Batch batch{rows, progress};
    write(claim, batch);
    progress = batch.after;
    query.after = progress.last_key;
    report.counts += batch.counts;
    for (const Remark& remark : batch.remarks) addRemark(report.remarks, remark);
    progress_line_.show(report.source_table, report.counts.read, report.rows);
    // Large rows: no more of them than fit, so that the source does not send what is thrown away.
    const std::size_t row_bytes = std::max<std::size_t>(1, rows.bytes() / rows.size());
    limit.rows = std::clamp<std::size_t>(kBatchBytes / row_bytes, 1, options_.batch_rows);
  }
  report.state = TableReport::State::kComplete;
  if (!claim.table->owner || report.counts.refused + report.earlier.refused == 0) return true;
  forget(claim);  // so that the next run looks at the refused ones again
  return false;
}

void Importer::write(const Claim& claim, Batch& batch) {
  const std::string& table = claim.table->source_table;
  inTransaction("importing " + table, [&](Session& session, kavro_session* handle) {
    batch.startOver();
    if (options_.leases && !lease_.renew(session, utcNowUs())) {
      return std::string("another import has taken over; only one may run at a time");
    }
    importRows(claim, batch, session, handle);
    if (!batch.failed.empty()) return batch.failed;
    batch.after.counts += batch.counts;
    progress_.store(session, claim.plugin->identity().name, table, batch.after);
    if (options_.counting == Counting::kSequence && !claim.table->target_table.empty()) {
      session.execute(advanceSql(claim.table->target_table));
    }
    return std::string();
  });
}

void Importer::importRows(const Claim& claim, Batch& batch, Session&, kavro_session* handle) const {
  const host::Registrations::Import& table = *claim.table;
  claim.plugin->beginImporting();
  claim.plugin->takeReason();
  for (std::size_t i = 0; i < batch.rows.size() && batch.failed.empty(); ++i) {
    const auto row = batch.rows.row(i);
    if (row[0].type != KAVRO_SQL_INTEGER || (i > 0 && batch.rows.key(i) <= batch.rows.key(i - 1))) {
      batch.failed = "the column " + table.columns[0] + " of " + table.source_table +
                     " is no key: expected whole numbers that differ";
      break;
    }
    const std::int64_t key = batch.rows.key(i);
    const kavro_status status = table.import_row(table.user, handle, row.data(), row.size());
    std::string why = claim.plugin->takeReason();
    ++batch.counts.read;
    switch (status) {
      case KAVRO_OK:
        ++batch.counts.imported;
        break;
      case KAVRO_CONFLICT:
        ++batch.counts.present;
        break;
      case KAVRO_INVALID:
        ++batch.counts.refused;
        if (why.empty()) why = "the plugin gave no reason";
        break;
      default:
        batch.failed = claim.plugin->identity().name + " could not import the row " + std::to_string(key) + " of " +
                       table.source_table + ": " + (why.empty() ? "it gave no reason" : why);
        break;
    }
    batch.after.last_key = key;
    if (!why.empty()) addRemark(batch.remarks, {outcomeOf(status), std::move(why), 1, {key}});
  }
  claim.plugin->endImporting();
}

void Importer::forget(const Claim& claim) {
  inTransaction("ending the import", [&](Session& session) {
    progress_.forget(session, claim.plugin->identity().name, claim.table->source_table);
    return std::string();
  });
}

// `function` returns why its work cannot be kept, or an empty text.
template <class Function>
void Importer::inTransaction(const std::string& what, Function function) {
  std::string failed;
  const kavro_status status = write_([&](kavro_session* handle) -> kavro_status {
    failed.clear();
    try {
      Session session(database_, handle);
      if constexpr (std::is_invocable_v<Function&, Session&, kavro_session*>) {
        failed = function(session, handle);
      } else {
        failed = function(session);
      }
      return failed.empty() ? KAVRO_OK : KAVRO_ERROR;
    } catch (const Error& error) {
      failed = error.what();
      return static_cast<kavro_status>(error.status());
    } catch (const std::exception& error) {
      failed = error.what();
      return KAVRO_ERROR;
    }
  });
  if (status == KAVRO_OK) return;
  if (failed.empty()) failed = "the database is not available now (its log line says more)";
  throw std::runtime_error(what + ": " + failed);
}

}  // namespace kavro::import
