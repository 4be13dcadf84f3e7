// The import itself: for each table that a plugin takes over, batches of rows from the source, each written in one
// transaction together with how far it is, so that an import that was interrupted at any moment goes on exactly there.
//
// Threads: run() on one thread; plugins' functions run on the database's. Errors: none is thrown by run(): the report
//   says in `ended` why it ended early, and holds what was done until then.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <kavro/database.hpp>

#include "kernel/host/plugin_host.hpp"
#include "kernel/import/import_lease.hpp"
#include "kernel/import/progress_line.hpp"
#include "kernel/import/progress_table.hpp"
#include "kernel/import/report.hpp"
#include "kernel/import/source.hpp"

namespace kavro::import {

// A table, and the plugin that takes it over.
struct Claim {
  host::PluginHost* plugin;
  const host::Registrations::Import* table;
};

// How the database that is imported into goes on counting its {id}.
enum class Counting {
  kByItself,  // above the greatest id, whoever chose it
  kSequence,  // from a sequence that knows nothing of ids that were chosen
};

class Importer {
 public:
  // A batch holds at most so many bytes, or one row.
  static constexpr std::size_t kBatchBytes = std::size_t{8} << 20;

  struct Options {
    std::size_t batch_rows = 500;
    bool recheck = false;  // from the first row, whatever earlier runs did
    Counting counting = Counting::kByItself;
    bool leases = true;  // false: nothing will be kept, so nobody is in the way
  };

  // Runs the function in a transaction (of its own, or of a caller that rolls back later) and says how that went. It
  // may run it more than once.
  using Write = std::function<kavro_status(const std::function<kavro_status(kavro_session*)>&)>;

  // All of them outlive the importer. `stop` is asked between batches.
  Importer(Source& source, std::vector<Claim> claims, Write write, Options options, ProgressLine& progress,
           std::function<bool()> stop);

  // Fills in everything but source, target and mode, of which it reads source.
  void run(Report& report);

 private:
  struct Batch;

  void importAll(Report& report);
  void listTables(Report& report);
  bool importTable(const Claim& claim, TableReport& report);  // false: the import ends with this table
  TableQuery plan(const Claim& claim);
  void goOn(const Claim& claim, TableQuery& query, TableReport& report);
  void write(const Claim& claim, Batch& batch);
  void importRows(const Claim& claim, Batch& batch, Session& session, kavro_session* handle) const;
  void forget(const Claim& claim);
  // In a transaction of its own.
  template <class Function>
  void inTransaction(const std::string& what, Function function);

  Source& source_;
  std::vector<Claim> claims_;  // in the order of the import
  const Write write_;
  const Options options_;
  ProgressLine& progress_line_;
  const std::function<bool()> stop_;
  const kavro_database_v1* database_;
  ProgressTable progress_;
  ImportLease lease_;
  bool interrupted_ = false;
};

}  // namespace kavro::import
