#include "tests/services/redis_server.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

#include "tests/services/service_process.hpp"

namespace kavro::testing {
namespace {

TEST(RedisServer, AnswersAndKeepsNothing) {
  RedisServer redis;
  EXPECT_EQ("OK", redis.execute({"SET", "name", "two words"}));
  EXPECT_EQ("two words", redis.execute({"GET", "name"}));
  EXPECT_EQ("name\n", redis.execute({"KEYS", "*"}));
  redis.flush();
  EXPECT_EQ("(nil)", redis.execute({"GET", "name"}));
  const std::string url = redis.url();
  for (const auto stop : {&RedisServer::stop, &RedisServer::kill9}) {
    redis.execute({"SET", "name", "again"});
    (redis.*stop)();
    EXPECT_THROW(redis.execute({"PING"}), std::runtime_error);
    redis.start();
    EXPECT_EQ(url, redis.url());
    EXPECT_EQ("(nil)", redis.execute({"GET", "name"}));
  }
  EXPECT_THROW(redis.execute({"NOSUCHCOMMAND"}), std::runtime_error);
}

TEST(RedisServer, AsksForItsPassword) {
  RedisServer redis;
  RedisAddress stranger = redis.address();
  stranger.password = "wrong";
  EXPECT_THROW(stranger.execute({"PING"}), std::runtime_error);

  RedisOptions options;
  options.password.clear();
  options.settings = {"maxmemory 4mb"};
  RedisServer open(options);
  EXPECT_EQ("PONG", open.execute({"PING"}));
  EXPECT_EQ("maxmemory\n4194304\n", open.execute({"CONFIG", "GET", "maxmemory"}));
}

// The third field of /proc/PID/stat, after the name in brackets: T for one that is stopped.
char stateOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const size_t end = line.rfind(')');
  return end == std::string::npos ? '?' : line[end + 2];
}

TEST(RedisServer, StandsStillAndGoesOn) {
  RedisServer redis;
  redis.pause();
  EXPECT_EQ('T', stateOf(redis.pid()));
  redis.resume();
  EXPECT_EQ("PONG", redis.execute({"PING"}));
  redis.pause();  // the object ends one that is stopped, too
}

TEST(RedisServer, RunsAsAnOrdinaryUserAndGoesWithItsObject) {
  pid_t pid = 0;
  {
    RedisServer redis;
    pid = redis.pid();
    struct stat entry {};
    ASSERT_EQ(0, stat(("/proc/" + std::to_string(pid)).c_str(), &entry));
    EXPECT_NE(0u, entry.st_uid);
  }
  EXPECT_EQ(-1, kill(pid, 0));
}

TEST(ServiceProcess, AProgramThatIsMissingComesWithTheRemedy) {
  try {
    findProgram("no-such-program", {"/usr/bin", "/usr/lib/postgresql/*/bin"});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        "no-such-program is in none of /usr/bin /usr/lib/postgresql/*/bin. This test needs it: install what the tests "
        "need with `tools/packages test`",
        error.what());
  }
}

TEST(ServiceProcess, APortThatIsTakenIsToldFromOtherFailures) {
  RedisServer redis;
  const auto port = std::to_string(redis.port());
  const std::vector<std::string> command = {"/bin/sh", "-c", "exec redis-server --port " + port + " >&2"};
  EXPECT_EQ(nullptr, startService({"Redis", command, SIGTERM, "/", "Ready to accept connections"}));
  EXPECT_THROW(startService({"sh", {"/bin/sh", "-c", "exit 3"}, SIGTERM, "/", "ready"}), std::runtime_error);
}

}  // namespace
}  // namespace kavro::testing
