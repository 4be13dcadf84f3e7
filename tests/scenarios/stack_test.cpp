// The stack that a test runs on is the one that its server uses: or the same tests would run twice on one of them.
#include <gtest/gtest.h>

#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"
#include "tests/services/shared_services.hpp"

namespace kavro::testing {
namespace {

TEST(StackOfTheServer, StoresAndCountsWhereItShould) {
  Server server;
  Client client(server);
  client.registerUser("alice");
  client.post("/auth/login", R"({"username":"alice","password":"Wrong-Horse-9"})");
  const Installation& installation = server.installation();
  EXPECT_EQ("1", StoredData(installation).execute("SELECT count(*) FROM users"));
  EXPECT_EQ("ok", StoredData(installation).integrity());

  const bool on_postgresql = stackOfThisRun() == Stack::kPostgresql;
  EXPECT_EQ(on_postgresql, installation.postgresDatabase() != nullptr);
  EXPECT_EQ(!on_postgresql, std::filesystem::exists(installation.database()));
  if (on_postgresql) {
    EXPECT_EQ("1", installation.postgresDatabase()->value("SELECT count(*) FROM users"));
    const std::string keys = installation.folder().filename().string() + ":*";
    EXPECT_NE("", sharedServices().redis.execute({"KEYS", keys})) << "no key of this server in Redis";
  }
}

}  // namespace
}  // namespace kavro::testing
