#include "tests/services/stack.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace kavro::testing {

Stack stackOfThisRun() {
  const char* const variable = std::getenv("KAVRO_TEST_STACK");
  const std::string word = variable ? variable : "sqlite";
  if (word == "sqlite") return Stack::kSqlite;
  if (word == "postgresql") return Stack::kPostgresql;
  throw std::runtime_error("KAVRO_TEST_STACK is \"" + word + "\"; expected sqlite or postgresql");
}

}  // namespace kavro::testing
