// The lock on a name after failed logins: exact, however many try at once, over whichever connection, and across what
// an operator does meanwhile.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <sstream>
#include <thread>

#include "tests/plugins/auth/accounts.hpp"

namespace kavro::testing {
namespace {

TEST(Lockout, LocksANameAfterFiveFailuresWhetherItExistsOrNot) {
  Server server(small());
  Client client(server);
  client.registerUser("alice");
  client.registerUser("bob");
  for (const std::string name : {"alice", "nobody"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(401, logIn(client, name, kWrong).status) << name << " " << i;
    const Reply locked = logIn(client, name, kGood);
    EXPECT_EQ(429, locked.status) << name;
    const int seconds = std::stoi(locked.header("Retry-After").value_or("0"));
    EXPECT_GT(seconds, 14 * 60);
    EXPECT_LE(seconds, 15 * 60);
  }
  EXPECT_EQ(200, logIn(client, "bob", kGood).status) << "others are not locked";
}

TEST(Lockout, ASuccessEmptiesTheCount) {
  Server server(small());
  Client client(server);
  client.registerUser("alice");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(401, logIn(client, "alice", kWrong).status);
    EXPECT_EQ(200, logIn(client, "alice", kGood).status) << round;
  }
}

TEST(Lockout, TheLockOpensWithTime) {
  Options options = small();
  options.settings["auth.lockout_time"] = "3s";
  options.settings["auth.lockout_failures"] = "1";
  Server server(options);
  Client client(server);
  client.registerUser("alice");
  // A slow machine that takes longer than the lock is asked once more.
  int status = 0;
  for (int i = 0; i < 50 && status != 429; ++i) status = logIn(client, "alice", kWrong).status;
  EXPECT_EQ(429, status);
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  while (status == 429 && std::chrono::steady_clock::now() < patience) {
    status = logIn(client, "alice", kGood).status;
  }
  EXPECT_EQ(200, status);
}

// 200 at once over as many connections, both of a name that exists and of one that does not: five are evaluated, the
// rest are told to wait, and from then on the right password is too.
TEST(Lockout, OfTwoHundredWrongPasswordsAtOnceFiveAreEvaluated) {
  Server server(small());
  Client client(server);
  client.registerUser("alice");
  for (const std::string name : {"alice", "nobody"}) {
    const auto replies = atOnce(server, 200, [&](Client& one, int) { return logIn(one, name, kWrong); });
    EXPECT_EQ((std::map<int, int>{{401, 5}, {429, 195}}), statuses(replies)) << name;
    for (const Reply& reply : replies) {
      if (reply.status == 429) {
        EXPECT_GE(std::stoi(reply.header("Retry-After").value_or("0")), 1);
      }
    }
    EXPECT_EQ(429, logIn(client, name, kGood).status);
  }
  EXPECT_EQ(0, server.stop());
  // That five were evaluated is in the audit log too: a wrong password that was looked at is a failure of login.
  std::istringstream lines(readFile(server.installation().auditLog()));
  std::map<std::string, int> counts;
  for (std::string line; std::getline(lines, line);) {
    for (const std::string reason : {"bad_password", "unknown_user", "locked"}) {
      counts[reason] += line.find("\"reason\":\"" + reason + "\"") != std::string::npos;
    }
  }
  EXPECT_EQ((std::map<std::string, int>{{"bad_password", 5}, {"unknown_user", 5}, {"locked", 2 * 196}}), counts);
}

// Whoever guesses among 200 at once has five guesses: the right one among them is found by chance only, and then what
// is left of the others is not evaluated for nothing, because a success empties the count. So no more than five wrong
// ones are between two right ones.
TEST(Lockout, ARightPasswordAmongManyWrongOnesIsNoWayAround) {
  Server server(small());
  Client(server).registerUser("alice");
  const auto replies =
      atOnce(server, 60, [](Client& one, int i) { return logIn(one, "alice", i == 59 ? kGood : kWrong); });
  std::map<int, int> counts = statuses(replies);
  EXPECT_LE(counts[200], 1);
  EXPECT_LE(counts[401], 5 * (counts[200] + 1));
  EXPECT_EQ(60, counts[200] + counts[401] + counts[429]);
}

// What was counted stays counted when the configuration changes: of auth, and of the limiter itself, which hands its
// counters over.
TEST(Lockout, StaysAcrossAReload) {
  Server server(small());
  Client client(server);
  for (const std::string name : {"alice", "bob"}) client.registerUser(name);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(401, logIn(client, "alice", kWrong).status);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(401, logIn(client, "bob", kWrong).status);
  server.installation().options().settings["auth.token_ttl"] = "2h";
  const bool memory = limiter() == "limiter-memory";
  server.installation().options().settings[memory ? "limiter-memory.keys_max" : "limiter-redis.connect_timeout"] =
      memory ? "50000" : "900ms";
  server.installation().writeConfiguration();
  const ProgramResult reload = server.installation().run({"reload"});
  ASSERT_EQ(0, reload.status) << reload.errors;
  EXPECT_NE(std::string::npos, reload.output.find("restarted  " + limiter())) << reload.output;
  EXPECT_EQ(429, logIn(client, "alice", kGood).status);
  for (int i = 3; i < 5; ++i) EXPECT_EQ(401, logIn(client, "bob", kWrong).status);
  EXPECT_EQ(429, logIn(client, "bob", kGood).status) << "three before and two after are five";
}

// While it is reloaded, over and over, 200 try: five are evaluated all the same.
TEST(Lockout, IsExactWhileTheServerIsReloaded) {
  Server server(small());
  Client(server).registerUser("alice");
  std::vector<Reply> replies(200);
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Client client(server);
      for (size_t mine = next++; mine < replies.size(); mine = next++) {
        try {
          replies[mine] = logIn(client, "alice", kWrong);
        } catch (const std::exception&) {
        }
      }
    });
  }
  while (next < replies.size()) {
    server.installation().options().settings["auth.token_ttl"] = next % 2 == 0 ? "2h" : "3h";
    server.installation().writeConfiguration();
    EXPECT_EQ(0, server.installation().run({"reload"}).status);
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ((std::map<int, int>{{401, 5}, {429, 195}}), statuses(replies));
}

// The memory of a process ends with it; Redis's does not.
TEST(Lockout, ARestartForgetsOnlyWhatWasInMemory) {
  Server server(small());
  {
    Client client(server);
    client.registerUser("alice");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(401, logIn(client, "alice", kWrong).status);
  }
  server.restart();
  Client client(server);
  EXPECT_EQ(limiter() == "limiter-memory" ? 200 : 429, logIn(client, "alice", kGood).status);
}

TEST(Lockout, AHundredRightPasswordsAtOnceLockNobody) {
  Server server(small());
  Client(server).registerUser("alice");
  const auto replies = atOnce(server, 100, [](Client& client, int) { return logIn(client, "alice", kGood); });
  EXPECT_EQ((std::map<int, int>{{200, 100}}), statuses(replies));
}

// A login that the full pool turns away was not an attempt: it must not bring its user nearer to a lockout.
TEST(Lockout, AFullPoolIsA503AndCountsAgainstNobody) {
  Options options = small();
  options.settings["auth.hash_threads"] = "1";
  options.settings["auth.hash_queue_max"] = "1";
  options.settings["auth.hash_memory"] = "64MiB";
  options.settings["auth.hash_passes"] = "4";
  Server server(options);
  Client client(server);
  client.registerUser("alice");
  std::map<int, int> counts;
  // Ten names, so that the attempts do not stand in line for each other instead of in front of the pool.
  for (int round = 0; round < 20 && counts[503] < 20; ++round) {
    const auto replies = atOnce(server, 10, [&](Client& each, int i) {
      return logIn(each, i == 0 ? "alice" : "nobody-" + std::to_string(round) + "-" + std::to_string(i),
                   i == 0 ? kGood : kWrong);
    });
    for (const Reply& reply : replies) {
      ++counts[reply.status];
      if (reply.status == 503) {
        EXPECT_TRUE(reply.header("Retry-After"));
      }
    }
  }
  EXPECT_GE(counts[503], 20);
  EXPECT_EQ(0, counts[429]);
  EXPECT_EQ(200, logIn(client, "alice", kGood).status);
}

}  // namespace
}  // namespace kavro::testing
