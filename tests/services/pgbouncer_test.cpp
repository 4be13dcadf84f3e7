#include "tests/services/pgbouncer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/services/shared_services.hpp"

namespace kavro::testing {
namespace {

TEST(PgBouncer, PassesTransactionsOn) {
  const PostgresDatabase database(sharedServices().postgres);
  const PgBouncer bouncer(sharedServices().postgres);
  executeOn(bouncer.url(database.name()), "CREATE TABLE t (n bigint); INSERT INTO t VALUES (7)");
  EXPECT_EQ("7", database.value("SELECT n FROM t"));
  EXPECT_THROW(executeOn(bouncer.url("no_such_database"), "SELECT 1"), std::runtime_error);
}

}  // namespace
}  // namespace kavro::testing
