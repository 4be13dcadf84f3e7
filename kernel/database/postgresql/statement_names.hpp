// The statements that one connection has prepared, by their text and the types of their parameters.
//
// Bounded: beyond kStatementsMax the one that was used longest ago is to be given up.
// Threads: its session's.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kavro::database::postgresql {

class StatementNames {
 public:
  static constexpr std::size_t kStatementsMax = 256;

  struct Found {
    std::string name;
    bool prepared = false;  // false: the caller is about to prepare it under this name
    std::string given_up;   // a name to deallocate first, when not empty
  };

  // Forgets everything when `connection` (its serial number) is another one than last time.
  Found find(std::uint64_t connection, std::string_view sql, const std::vector<Oid>& types);

  // It could not be prepared.
  void forget(std::string_view sql, const std::vector<Oid>& types);

  void clear() { entries_.clear(); }

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string name;
    std::uint64_t last_use;
  };

  const std::string& keyOf(std::string_view sql, const std::vector<Oid>& types);
  std::string takeOldest();

  std::unordered_map<std::string, Entry> entries_;
  std::string key_;  // kept for its memory
  std::uint64_t connection_ = 0;
  std::uint64_t uses_ = 0;
  std::uint64_t names_ = 0;
};

}  // namespace kavro::database::postgresql
