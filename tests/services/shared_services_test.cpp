#include "tests/services/shared_services.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/services/stack.hpp"

namespace kavro::testing {
namespace {

TEST(SharedServices, AreThereForEveryTest) {
  const SharedServices& services = sharedServices();
  EXPECT_EQ(&services, &sharedServices());
  EXPECT_EQ("1", PostgresDatabase(services.postgres).value("SELECT 1"));
  EXPECT_EQ("PONG", services.redis.execute({"PING"}));
  EXPECT_NE(0u, services.redis.port);
}

TEST(SharedServices, SayWhereTheyAreAsText) {
  SharedServices services;
  services.postgres = {1234, "/tmp/a b", "/tmp/data", "one"};
  services.redis = {5678, "/tmp/redis.sock", ""};
  const SharedServices read = SharedServices::fromText(services.toText());
  EXPECT_EQ(services.toText(), read.toText());
  EXPECT_EQ("/tmp/a b", read.postgres.socket_folder);
  EXPECT_EQ(5678, read.redis.port);
  EXPECT_THROW(SharedServices::fromText(""), std::runtime_error);
  EXPECT_THROW(SharedServices::fromText("1234\n/tmp\n"), std::runtime_error);
}

// The socket's name is the only trace, and it goes with the one that listens.
TEST(SharedServices, AreFoundByTheNumberOfTheirCtest) {
  const pid_t ctest = getpid();  // of no real one
  EXPECT_EQ(-1, connectToServices(ctest));
  const int listening = listenForTests(ctest);
  ASSERT_GE(listening, 0);
  EXPECT_EQ(-1, listenForTests(ctest)) << "two for one ctest";
  const int connected = connectToServices(ctest);
  EXPECT_GE(connected, 0);
  close(connected);
  close(listening);
  EXPECT_EQ(-1, connectToServices(ctest));
}

TEST(StackOfThisRun, IsReadFromTheEnvironment) {
  const char* const before = std::getenv("KAVRO_TEST_STACK");
  const std::string kept = before ? before : "sqlite";
  setenv("KAVRO_TEST_STACK", "postgresql", 1);
  EXPECT_EQ(Stack::kPostgresql, stackOfThisRun());
  setenv("KAVRO_TEST_STACK", "mysql", 1);
  EXPECT_THROW(stackOfThisRun(), std::runtime_error);
  unsetenv("KAVRO_TEST_STACK");
  EXPECT_EQ(Stack::kSqlite, stackOfThisRun());
  setenv("KAVRO_TEST_STACK", kept.c_str(), 1);
}

}  // namespace
}  // namespace kavro::testing
