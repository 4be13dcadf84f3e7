// The steps of a schema: which of them are still to run, and their SQL in the words of one database.
//
// The words in braces are told in statement_text.hpp.
//
// Pure functions, no I/O. Errors: DatabaseError, worded for the operator.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/database/statement_text.hpp"

namespace kavro::database {

// One step of one owner's schema. An owner is a plugin's name, or "kernel".
struct Migration {
  std::string owner;
  std::uint32_t version = 0;  // counts from 1 without a gap
  std::string summary;        // one line for people
  std::string sql;            // several statements are separated by ";"; never changes once released
};

// A row of the table kavro_migrations.
struct AppliedMigration {
  std::string owner;
  std::uint32_t version = 0;
  std::string checksum;
};

// "migration 2 of messaging (index by recipient)", for messages.
std::string describe(const Migration& migration);

// SHA-256 of the SQL as its author wrote it, so it is the same on every database. 64 hex digits.
std::string checksum(const Migration& migration);

// The SQL with its words in braces replaced. An unknown word is refused.
std::string translate(const Migration& migration, std::span<const Word> words);

// Those of `known` that are not in `applied`, in the order of `known`. Refuses a gap or a repetition in an owner's
// versions, a changed checksum, and a database that is ahead of `known`. Owners that only `applied` has are left alone:
// their plugin is switched off.
std::vector<const Migration*> pendingMigrations(std::span<const Migration> known,
                                                std::span<const AppliedMigration> applied);

}  // namespace kavro::database
