// What an import did, for people and as JSON. Keys and sentences of plugins are in it, never a value of a row.
// Plain values; threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/import/progress_table.hpp"

namespace kavro::import {

// Rows about which a plugin said the same.
struct Remark {
  static constexpr std::size_t kKeysMax = 20;     // of the rows, listed
  static constexpr std::size_t kRemarksMax = 50;  // of a table; what more there is counts as kOthers
  static constexpr std::string_view kOthers = "for other reasons";

  std::string outcome;  // "imported", "present" or "refused"
  std::string why;
  std::uint64_t rows = 0;
  std::vector<std::int64_t> keys;  // the first of them
};

// Adds its rows to those about which the same was said before.
void addRemark(std::vector<Remark>& remarks, const Remark& remark);

struct TableReport {
  enum class State {
    kNotReached,  // the import ended before
    kMissing,     // the other database has no such table
    kBegun,       // the import ended within
    kComplete,
  };

  std::string plugin;
  std::string source_table;
  State state = State::kNotReached;
  std::uint64_t rows = 0;  // to read in this run
  RowCounts counts;        // of this run
  RowCounts earlier;       // of earlier runs that this one goes on from
  std::vector<Remark> remarks;
};

struct Report {
  std::string source;
  std::string target;
  std::string mode;  // empty; or what a dry run was tried on
  std::vector<TableReport> tables;
  std::vector<std::string> unclaimed;  // tables of the other database that no plugin takes
  std::string ended;                   // why it ended early; empty: it did not
  bool interrupted = false;            // by the operator
  std::chrono::milliseconds time{0};

  RowCounts total() const;
  void writeText(std::ostream& output) const;
  std::string json() const;
};

}  // namespace kavro::import
