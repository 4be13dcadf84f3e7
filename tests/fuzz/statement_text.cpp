// What the kernel reads out of a statement's text: dividing a script, words in braces, parameters. Input: SQL.
#include <array>
#include <variant>

#include "kernel/database/statement_text.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::database;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sql = kavro::fuzz::textOf(data, size);
  const std::vector<std::string> statements = splitStatements(sql);
  std::string joined;
  for (const std::string& statement : statements) {
    require(sql.find(statement) != std::string_view::npos, "statements to be parts of the script", statement);
    require(splitStatements(statement).size() == 1, "one statement to stay one", statement);
    joined += (joined.empty() ? "" : ";") + statement;
    kindOf(statement);
    require(!canReturnId(statement) || kindOf(statement) == StatementKind::kChanges, "an INSERT to be a change");
    require(parameterCount(statement) <= parameterCount(sql), "no more parameters than in the script");
    if (const auto before = beforeReturningId(statement)) require(statement.starts_with(*before), "what is before it");
  }
  require(splitStatements(joined) == statements, "the same when they are joined and divided again", joined);

  constexpr std::array<Word, 2> kWords{Word{"{id}", "INTEGER"}, Word{"{bytes}", "BLOB"}};
  const auto replaced = replaceWords(sql, kWords);
  if (const auto* unknown = std::get_if<UnknownWord>(&replaced)) {
    require(unknown->text.starts_with('{') && sql.find(unknown->text) != std::string_view::npos, "the unknown word");
  } else if (sql.find('{') == std::string_view::npos) {
    require(std::get<std::string>(replaced) == sql, "a text without words to stay as it is");
  }
  namesKernelTable(sql);
  statementForLog(sql);
  return 0;
}
