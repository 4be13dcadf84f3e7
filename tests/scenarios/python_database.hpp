// The database of the Python service, as its models make it, with a few rows in it: hashes by passlib, tokens by
// Python's cryptography, all with secrets that are for tests only.
//
// Threads: one. Errors: std::runtime_error with the database's message.
#pragma once

#include <memory>
#include <string>

#include "tests/services/postgres_database.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {

class PythonDatabase {
 public:
  enum class Kind { kSqlite, kPostgres };

  // What signed the tokens, and what the field key is made of.
  static constexpr const char* kSecret = "for-tests-only-0123456789abcdefghijklmnopqrst";
  // Users 1 to 4: alice, bob, long, al.
  static constexpr const char* kAlicesPassword = "AlicePass123";
  static constexpr const char* kBobsPassword = "BobPass123";
  static std::string longPassword();  // the 72nd byte is in the middle of a character
  static constexpr const char* kAlicesToken =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.8rVU3qvS4FqDS2HUQ3BhTZXaCG_n5__"
      "3vifdu0hWGD8";
  static constexpr const char* kBobsToken =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIyIiwiZXhwIjo0MTAyNDQ0ODAwfQ.sFsfa8SH5v443EEofCzJ9ceRV1twPoizL"
      "tf8dCWq6EQ";

  explicit PythonDatabase(Kind kind);

  // As its configuration has it: "postgresql+asyncpg://...", "sqlite+aiosqlite:////...".
  std::string url() const;
  // Statements separated by semicolons. {bytes:00ff} is a literal of binary.
  void execute(const std::string& sql) const;
  // Messages 100 to 99 + count, from alice to bob.
  void addMessages(int count) const;

 private:
  std::string translated(std::string sql) const;

  const Kind kind_;
  TemporaryFolder folder_{"python"};
  std::unique_ptr<PostgresDatabase> postgres_;
};

}  // namespace kavro::testing
