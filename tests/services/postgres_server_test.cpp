#include "tests/services/postgres_server.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

namespace kavro::testing {
namespace {

TEST(PostgresServer, EachDatabaseIsFreshAndBelongsToKavro) {
  PostgresServer postgres;
  const auto one = postgres.createDatabase();
  const auto other = postgres.createDatabase();
  EXPECT_NE(one->name(), other->name());
  one->execute("CREATE TABLE t (n bigint); INSERT INTO t VALUES (7)");
  EXPECT_EQ("7", one->value("SELECT n FROM t"));
  EXPECT_EQ("kavro", executeOn(one->socketUrl(), "SELECT current_user")[0][0]);
  EXPECT_THROW(other->execute("SELECT n FROM t"), std::runtime_error);
  EXPECT_EQ("off", one->value("SELECT current_setting('is_superuser')"));
  EXPECT_EQ("on", one->value("SELECT current_setting('fsync')"));
  EXPECT_EQ("on", one->value("SELECT current_setting('synchronous_commit')"));
}

TEST(PostgresServer, ADatabaseGoesWithItsObject) {
  PostgresServer postgres;
  const std::string count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'test_%'";
  {
    const auto database = postgres.createDatabase();
    EXPECT_EQ("1", postgres.execute(count)[0][0]);
  }
  EXPECT_EQ("0", postgres.execute(count)[0][0]);
}

TEST(PostgresServer, StartsAgainWhereItWas) {
  PostgresServer postgres;
  const auto database = postgres.createDatabase();
  const std::string url = database->url();
  database->execute("CREATE TABLE t (n bigint)");
  int stops = 0;
  for (const auto stop : {&PostgresServer::stopFast, &PostgresServer::stopImmediate, &PostgresServer::kill9}) {
    (postgres.*stop)();
    EXPECT_THROW(database->execute("SELECT 1"), std::runtime_error);
    postgres.start();
    EXPECT_EQ(url, database->url());
    database->execute("INSERT INTO t VALUES (1)");
    EXPECT_EQ(std::to_string(++stops), database->value("SELECT count(*) FROM t"));
  }
  EXPECT_NE(std::string::npos, postgres.log().find("received immediate shutdown request"));
  EXPECT_NE(std::string::npos, postgres.log().find("automatic recovery in progress"));
}

TEST(PostgresServer, SpeaksTlsWhenAsked) {
  PostgresOptions options;
  options.transport = ServiceTransport::kTls;
  options.settings = {"max_connections = 17"};
  PostgresServer postgres(options);
  const auto database = postgres.createDatabase();
  const std::string query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
  EXPECT_EQ("t", executeOn(database->url() + "?sslmode=require", query)[0][0]);
  EXPECT_EQ("f", executeOn(database->url() + "?sslmode=disable", query)[0][0]);
  EXPECT_EQ("17", database->value("SELECT current_setting('max_connections')"));
}

TEST(PostgresServer, RunsAsAnOrdinaryUserAndGoesWithItsObject) {
  pid_t pid = 0;
  std::filesystem::path folder;
  {
    PostgresServer postgres;
    pid = postgres.pid();
    folder = postgres.dataFolder();
    struct stat entry {};
    ASSERT_EQ(0, stat(("/proc/" + std::to_string(pid)).c_str(), &entry));
    EXPECT_NE(0u, entry.st_uid);
    if (geteuid() != 0) {
      EXPECT_EQ(geteuid(), entry.st_uid);
    }
  }
  EXPECT_EQ(-1, kill(pid, 0));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(PostgresServer, SaysWhyItDoesNotStart) {
  PostgresOptions options;
  options.settings = {"no_such_setting = 1"};
  try {
    PostgresServer postgres(options);
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string::npos, std::string(error.what()).find("no_such_setting")) << error.what();
  }
}

}  // namespace
}  // namespace kavro::testing
