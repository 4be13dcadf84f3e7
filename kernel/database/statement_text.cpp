#include "kernel/database/statement_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace kavro::database {

namespace {

constexpr std::size_t kQuotedBytesMax = 500;

// The end of the quoted text or comment that begins at `at`, or `at` when none does.
std::size_t skipQuoted(std::string_view sql, std::size_t at) {
  const auto endOr = [&](std::size_t found, std::size_t length) {
    return found == std::string_view::npos ? sql.size() : found + length;
  };
  const char first = sql[at];
  // A doubled quote inside quotes reads as two quoted texts next to each other, which comes to the same.
  if (first == '\'' || first == '"') return endOr(sql.find(first, at + 1), 1);
  if (sql.substr(at).starts_with("--")) return endOr(sql.find('\n', at), 1);
  if (sql.substr(at).starts_with("/*")) return endOr(sql.find("*/", at + 2), 2);
  return at;
}

char upper(char letter) { return static_cast<char>(std::toupper(static_cast<unsigned char>(letter))); }

bool isBlank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Where `word`, which is in upper case, begins in `text` from `from` on, in whatever case.
std::size_t findIgnoringCase(std::string_view text, std::string_view word, std::size_t from = 0) {
  if (from > text.size()) return std::string_view::npos;
  const auto found = std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), word.begin(), word.end(),
                                 [](char left, char right) { return upper(left) == right; });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

std::string firstWord(std::string_view sql) {
  std::size_t at = 0;
  while (at < sql.size()) {
    if (isBlank(sql[at]) || sql[at] == '(') {
      ++at;
    } else if (const std::size_t end = skipQuoted(sql, at); end != at) {
      at = end;
    } else {
      break;
    }
  }
  std::string word;
  for (; at < sql.size() && std::isalpha(static_cast<unsigned char>(sql[at])) != 0; ++at) word += upper(sql[at]);
  return word;
}

template <std::size_t kCount>
bool isOneOf(std::string_view word, const std::array<std::string_view, kCount>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::variant<std::string, UnknownWord> replaceWords(std::string_view sql, std::span<const Word> words) {
  std::string result;
  result.reserve(sql.size() + 64);
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t end = skipQuoted(sql, at); end != at) {
      result.append(sql.substr(at, end - at));
      at = end;
      continue;
    }
    if (sql[at] != '{') {
      result.push_back(sql[at++]);
      continue;
    }
    const std::size_t close = sql.find('}', at);
    const std::string_view name = close == std::string_view::npos ? sql.substr(at, 16) : sql.substr(at, close + 1 - at);
    const auto word = std::find_if(words.begin(), words.end(), [&](const Word& each) { return each.name == name; });
    if (word == words.end()) return UnknownWord{std::string(name)};
    result.append(word->meaning);
    at += name.size();
  }
  return result;
}

std::vector<std::string> splitStatements(std::string_view script) {
  std::vector<std::string> statements;
  std::string statement;
  const auto end = [&] {
    if (!firstWord(statement).empty()) statements.push_back(std::move(statement));
    statement.clear();
  };
  for (std::size_t at = 0; at < script.size();) {
    if (const std::size_t quote_end = skipQuoted(script, at); quote_end != at) {
      statement.append(script.substr(at, quote_end - at));
      at = quote_end;
    } else if (script[at++] == ';') {
      end();
    } else {
      statement.push_back(script[at - 1]);
    }
  }
  end();
  return statements;
}

std::size_t parameterCount(std::string_view sql) {
  std::size_t highest = 0;
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t end = skipQuoted(sql, at); end != at) {
      at = end;
    } else if (sql[at++] == '$') {
      std::size_t number = 0;
      const auto [rest, error] = std::from_chars(sql.data() + at, sql.data() + sql.size(), number);
      if (error == std::errc()) highest = std::max(highest, number);
      at = static_cast<std::size_t>(rest - sql.data());
    }
  }
  return highest;
}

std::optional<std::string_view> beforeReturningId(std::string_view sql) {
  constexpr std::string_view kEnding = " RETURNING {id}";
  if (!sql.ends_with(kEnding)) return std::nullopt;
  return sql.substr(0, sql.size() - kEnding.size());
}

bool canReturnId(std::string_view insert) {
  static constexpr std::string_view kUpdate = "UPDATE";
  if (firstWord(insert) != "INSERT") return false;
  for (std::size_t at = 0; (at = findIgnoringCase(insert, kUpdate, at)) != std::string_view::npos; ++at) {
    const std::size_t after = at + kUpdate.size();
    if (after == insert.size() || !isBlank(insert[after])) continue;
    std::size_t before = at;
    while (before > 0 && isBlank(insert[before - 1])) --before;
    if (before == at || before < 3) continue;
    if (isBlank(insert[before - 3]) && upper(insert[before - 2]) == 'D' && upper(insert[before - 1]) == 'O')
      return false;
  }
  return true;
}

StatementKind kindOf(std::string_view sql) {
  static constexpr std::array<std::string_view, 3> kReading{"SELECT", "VALUES", "EXPLAIN"};
  static constexpr std::array<std::string_view, 9> kChanging{"INSERT", "UPDATE", "DELETE", "WITH",    "MERGE",
                                                             "CREATE", "ALTER",  "DROP",   "TRUNCATE"};
  const std::string word = firstWord(sql);
  if (isOneOf(word, kReading)) return StatementKind::kReads;
  if (isOneOf(word, kChanging)) return StatementKind::kChanges;
  return StatementKind::kNotAllowed;
}

bool namesKernelTable(std::string_view sql) {
  return findIgnoringCase(sql, "KAVRO_MIGRATIONS") != std::string_view::npos;
}

std::string statementForLog(std::string_view sql) {
  return "; the statement was: " + std::string(sql.substr(0, kQuotedBytesMax));
}

}  // namespace kavro::database
