// What the server under test stores and counts in. The same tests run with each: see kavro_add_test(... STACKS).
#pragma once

namespace kavro::testing {

enum class Stack {
  kSqlite,      // SQLite and limiter-memory: one machine
  kPostgresql,  // PostgreSQL and limiter-redis: any number of machines
};

// KAVRO_TEST_STACK=sqlite|postgresql; kSqlite when it is not set. Throws std::runtime_error for another word.
Stack stackOfThisRun();

}  // namespace kavro::testing
