// What the kernel has to know of a statement's text before a database sees it.
//
// Pure functions, no I/O.
//
// Words in braces, in migrations, are replaced by what they mean to a database, except inside quotes and comments:
//
// | Word    | Meaning                                           |
// |---------|---------------------------------------------------|
// | {id}    | a 64-bit primary key that counts up, never reused |
// | {bytes} | binary                                            |
//
// A statement that is run may end with RETURNING {id}: the number that the {id} column, called id, of the one new row
// got.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kavro::database {

struct Word {
  std::string_view name;  // with its braces
  std::string_view meaning;
};

struct UnknownWord {
  std::string text;
};

// The text with its words replaced, or the first one that is not in `words`.
std::variant<std::string, UnknownWord> replaceWords(std::string_view sql, std::span<const Word> words);

// The text before a last "RETURNING {id}", or nothing when it does not end so.
std::optional<std::string_view> beforeReturningId(std::string_view sql);

// Whether that text is an INSERT of which the id can be told: the row that DO UPDATE changes is not a new one.
bool canReturnId(std::string_view insert);

inline constexpr std::string_view kReturningIdReason =
    "RETURNING {id} is for an INSERT of one row without DO UPDATE; otherwise write RETURNING and the column's name";

enum class StatementKind {
  kReads,
  kChanges,      // or may do so, as WITH may
  kNotAllowed,   // transactions, settings and whatever else belongs to the kernel
};

// The statements of a script, divided by ";" outside quotes and comments, without the empty ones.
std::vector<std::string> splitStatements(std::string_view script);

// The highest n of its parameters $n.
std::size_t parameterCount(std::string_view sql);

// By the statement's first word.
StatementKind kindOf(std::string_view sql);

// Whether the text names the kernel's own table.
bool namesKernelTable(std::string_view sql);

inline constexpr std::string_view kNotAllowedReason =
    "only SELECT, INSERT, UPDATE, DELETE and the changing of a schema are allowed; transactions, settings and the "
    "table kavro_migrations are the kernel's own";

inline constexpr std::string_view kAfterFailureReason = "an earlier statement of this function failed";

// "; the statement was: " and its beginning, for a log.
std::string statementForLog(std::string_view sql);

}  // namespace kavro::database
