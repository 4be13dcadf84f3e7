// The prepared statements of one session, found by the address of their text and, failing that, by the text itself.
//
// Bounded: beyond kStatementsMax the one that was used longest ago goes. A statement that is being executed is never
// handed out again: a row function that runs the same SQL gets a second copy, used once.
//
// Threads: its session's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "kernel/database/sqlite/statement.hpp"

namespace kavro::database::sqlite {

class StatementCache {
 public:
  static constexpr std::size_t kStatementsMax = 256;

  // The statement with this text that can be executed now, or null.
  Statement* find(std::string_view sql);

  // Keeps it. Null when there is one with this text already (in use), or all are in use: `statement` stays the
  // caller's.
  Statement* insert(std::unique_ptr<Statement>& statement);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::unique_ptr<Statement> statement;
    std::uint64_t last_used = 0;
  };

  // Where a text was last seen. String literals stay where they are, so a pointer and a comparison find them without
  // hashing the text; other texts may take the place of an old one, hence the comparison.
  struct Place {
    const char* data = nullptr;
    Entry* entry = nullptr;
  };

  Place& placeOf(std::string_view sql);
  Statement* use(Entry& entry);
  bool evictOldest();

  std::unordered_map<std::string_view, Entry> entries_;  // the key is the statement's own text
  std::array<Place, kStatementsMax> places_;
  std::uint64_t tick_ = 0;
};

}  // namespace kavro::database::sqlite
