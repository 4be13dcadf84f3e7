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
#pragma once

#include <cstddef>
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
