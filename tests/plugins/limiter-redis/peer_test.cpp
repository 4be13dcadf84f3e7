// Peers that are no Redis, or not a healthy one.
#include "peer.hpp"

#include <gtest/gtest.h>

#include "node.hpp"

namespace kavro::limiter_redis {
namespace {

using namespace std::chrono_literals;

// Says one thing once something has come, and hangs up.
Peer::Conversation saying(std::string greeting) {
  return [greeting](int connection) {
    char bytes[4096];
    if (recv(connection, bytes, sizeof bytes, 0) > 0) Peer::say(connection, greeting);
  };
}

TEST(Peer, WhoDoesNotAnswerIsAwayAfterTheConnectTimeout) {
  const Peer peer(nullptr);
  Node node({.url = peer.url(), .connectTimeout = 50ms});
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
  EXPECT_TRUE(node.logs("no answer within 50ms")) << node.log();
}

TEST(Peer, WhoHangsUpIsAway) {
  const Peer peer(saying(""));
  Node node({.url = peer.url()});
  EXPECT_FALSE(node.isUp());
  EXPECT_TRUE(node.logs("is away: ")) << node.log();
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
}

TEST(Peer, WhoSpeaksSomethingElseIsAway) {
  for (const char* greeting : {"HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+OK\r\n", ":1\r\n", "*1\r\n$3\r\nabc\r\n",
                               "$-1\r\n", "-ERR unknown command 'SCRIPT'\r\n"}) {
    const Peer peer(saying(greeting));
    Node node({.url = peer.url()});
    EXPECT_FALSE(node.isUp()) << greeting;
    EXPECT_TRUE(node.logs("is away: ")) << greeting << node.log();
    EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3) << greeting;
  }
}

TEST(Peer, AHostWithoutAnAddressIsAway) {
  Node node({.url = "redis://no-such-host.invalid", .connectTimeout = 5s});
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
  EXPECT_FALSE(node.isUp());
  EXPECT_TRUE(node.logs("is away: ")) << node.log();
}

TEST(Peer, ASocketThatIsNotThereIsAway) {
  Node node({.url = "unix:///tmp/no-such-folder-of-kavro/redis.sock"});
  EXPECT_EQ(node.hitMany(5, "k", {3, 1h}), 3);
  EXPECT_TRUE(node.logs("No such file or directory")) << node.log();
}

}  // namespace
}  // namespace kavro::limiter_redis
