#include "failure.hpp"

#include <gtest/gtest.h>

namespace kavro::limiter_redis {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Failure, EveryStateOfRedisHasItsRemedy) {
  struct Case {
    const char* reply;
    const char* remedy;
  };
  for (const Case& test : {
           Case{"READONLY You can't write against a read only replica.", "primary"},
           Case{"LOADING Redis is loading the dataset in memory", "wait"},
           Case{"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
                "disk"},
           Case{"OOM command not allowed when used memory > 'maxmemory'.", "maxmemory"},
           Case{"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
                "SCRIPT KILL"},
           Case{"NOAUTH Authentication required.", "password_file"},
           Case{"WRONGPASS invalid username-password pair or user is disabled.", "password_file"},
           Case{"NOPERM this user has no permissions to run the 'evalsha' command", "ACL SETUSER"},
           Case{"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "primary"},
           Case{"NOREPLICAS Not enough good replicas to write.", "min-replicas-to-write"},
           Case{"MOVED 3999 127.0.0.1:6381", "Cluster"},
           Case{"CLUSTERDOWN The cluster is down", "Cluster"},
           Case{"DENIED Redis is running in protected mode because protected mode is enabled", "password"},
           Case{"ERR max number of clients reached", "maxclients"},
           // As Redis 6 says it of a command inside a script.
           Case{"ERR Error running script (call to f_c5a1): @user_script:7: @user_script: 7: -OOM command not allowed "
                "when used memory > 'maxmemory'.",
                "maxmemory"},
       }) {
    const auto failure = findFailure(test.reply);
    ASSERT_TRUE(failure) << test.reply;
    EXPECT_EQ(failure->kind, Failure::Kind::kAnswer);
    EXPECT_TRUE(has(failure->remedy, test.remedy)) << test.reply << " -> " << failure->remedy;
    EXPECT_TRUE(has(failure->reason, std::string_view(test.reply).substr(0, 200))) << failure->reason;
  }
}

TEST(Failure, AnErrorOfOneCommandIsNone) {
  for (const char* reply : {"WRONGTYPE Operation against a key holding the wrong kind of value",
                            "ERR value is not an integer or out of range", "NOSCRIPT No matching script.", "",
                            "ERR a word that only begins like LOADINGS or ends like UNBUSY"}) {
    EXPECT_FALSE(findFailure(reply)) << reply;
  }
}

TEST(Failure, OfTheFirstCommandsEveryErrorCounts) {
  const Failure failure = failureOfGreeting("ERR DB index is out of range");
  EXPECT_TRUE(has(failure.reason, "DB index is out of range"));
  EXPECT_TRUE(has(failure.remedy, "[limiter-redis] url"));
  EXPECT_TRUE(has(failureOfGreeting("NOAUTH Authentication required.").remedy, "password_file"));
}

// Redis repeats the arguments of a command that it does not know, and those of AUTH are secret.
TEST(Failure, OfTheLoginRepeatsNoArgument) {
  const Failure failure = failureOfLogin("ERR unknown command 'AUTH', with args beginning with: 'kavro' 'open-sesame'");
  EXPECT_FALSE(has(failure.reason + failure.remedy, "open-sesame"));
  EXPECT_TRUE(has(failure.reason, "\"ERR\""));
  EXPECT_TRUE(has(failure.remedy, "password_file"));
  EXPECT_TRUE(has(failureOfLogin("ERR max number of clients reached").remedy, "maxclients"));
}

TEST(Failure, LongErrorsAreCut) {
  EXPECT_LT(failureOfGreeting("DENIED " + std::string(5000, 'x')).reason.size(), 300u);
}

}  // namespace
}  // namespace kavro::limiter_redis
