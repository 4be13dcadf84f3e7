// One import at a time: a row in the database that is imported into says who imports, and is renewed by each
// transaction of the import. Whoever finds that it is no longer theirs stops, within the same transaction.
//
// A lease is free again when its holder gave it back, when the holder's process on this machine is gone, or when it was
// not renewed for kLife.
//
// Threads: the session's. Errors: kavro::Error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <kavro/database.hpp>

namespace kavro::import {

class ImportLease {
 public:
  static constexpr std::chrono::seconds kLife{60};

  // For this process.
  ImportLease();
  // For a test: another holder.
  explicit ImportLease(std::string holder) : holder_(std::move(holder)) {}

  void create(Session& session) const;
  // Empty: it is ours now. Otherwise why not, for the operator.
  std::string take(Session& session, std::int64_t now_us) const;
  // False: it is not ours any more.
  bool renew(Session& session, std::int64_t now_us) const;
  void release(Session& session) const;

 private:
  std::string holder_;  // "host namespace process start"
};

}  // namespace kavro::import
