// A folder for a SQLite database that nobody else sees (mode 0700, under $TMPDIR), removed with the object.
// Errors: std::runtime_error when it cannot be made.
#pragma once

#include <filesystem>
#include <string>

namespace kavro::import {

class TemporaryDatabase {
 public:
  TemporaryDatabase();
  ~TemporaryDatabase();
  TemporaryDatabase(const TemporaryDatabase&) = delete;
  TemporaryDatabase& operator=(const TemporaryDatabase&) = delete;

  std::string url() const { return "sqlite:" + (folder_ / "import.db").string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace kavro::import
