#include "address.hpp"

#include <gtest/gtest.h>

#include <kavro/error.hpp>

namespace kavro::limiter_redis {
namespace {

std::string refusal(const std::string& url) {
  try {
    parseAddress(url);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), Status::kInvalid);
    return error.what();
  }
  ADD_FAILURE() << url << " was taken";
  return {};
}

TEST(Address, OfTcp) {
  EXPECT_EQ(parseAddress("redis://redis.example:6380/3"), (Address{"redis.example", 6380, "", 3}));
  EXPECT_EQ(parseAddress("redis://10.0.0.1"), (Address{"10.0.0.1", 6379, "", 0}));
  EXPECT_EQ(parseAddress("redis://localhost/"), (Address{"localhost", 6379, "", 0}));
  EXPECT_EQ(parseAddress("redis://[::1]:7000/1"), (Address{"::1", 7000, "", 1}));
  EXPECT_EQ(parseAddress("redis://[fe80::1]"), (Address{"fe80::1", 6379, "", 0}));
}

TEST(Address, OfASocket) {
  EXPECT_EQ(parseAddress("unix:///run/redis.sock"), (Address{"", 0, "/run/redis.sock", 0}));
  EXPECT_EQ(parseAddress("unix:///run/redis.sock?db=2"), (Address{"", 0, "/run/redis.sock", 2}));
  EXPECT_TRUE(parseAddress("unix:///run/redis.sock").isUnix());
}

TEST(Address, TextIsItselfAgain) {
  for (const char* url : {"redis://localhost:6379/0", "redis://[::1]:7000/1", "unix:///run/redis.sock?db=2"}) {
    EXPECT_EQ(parseAddress(url).text(), url);
    EXPECT_EQ(parseAddress(parseAddress(url).text()), parseAddress(url));
  }
}

TEST(Address, RefusesWhatIsNoAddress) {
  for (const char* url : {"",
                          "localhost",
                          "http://localhost",
                          "redis:localhost",
                          "redis://",
                          "redis:///1",
                          "redis://:6379",
                          "redis://h:port",
                          "redis://h:70000",
                          "redis://h:0",
                          "redis://h:-1",
                          "redis://h:",
                          "redis://h:63 79",
                          "redis://h/one",
                          "redis://h/-1",
                          "redis://h/4294967295",
                          "redis://h/1/2",
                          "redis://::1",
                          "redis://[::1",
                          "redis://[::1]7000",
                          "redis://[::1]:",
                          "redis://[]:1",
                          "unix://run/redis.sock",
                          "unix://",
                          "unix:///a?db=x",
                          "unix:///a?database=1",
                          "unix:///a?db=1&x=2"}) {
    const std::string why = refusal(url);
    EXPECT_NE(why.find("[limiter-redis] url"), std::string::npos) << why;
    EXPECT_NE(why.find("expected redis://HOST:PORT/DATABASE or unix://"), std::string::npos) << why;
  }
}

TEST(Address, RefusesAPathThatTheSystemWouldCut) {
  EXPECT_EQ(parseAddress("unix:///" + std::string(106, 'a')).path.size(), 107u);
  EXPECT_NE(refusal("unix:///" + std::string(107, 'a')).find("108 bytes"), std::string::npos);
  EXPECT_NE(refusal("redis://" + std::string(254, 'a')).find("longer"), std::string::npos);
}

TEST(Address, RefusesTlsAndSaysWhatToDo) {
  const std::string why = refusal("rediss://redis.example:6380/0");
  EXPECT_NE(why.find("TLS"), std::string::npos) << why;
  EXPECT_NE(why.find("stunnel"), std::string::npos) << why;
}

TEST(Address, RefusesSecretsWithoutRepeatingThem) {
  for (const char* url : {"redis://:open-sesame@localhost/0", "redis://kavro:open-sesame@localhost:6379"}) {
    const std::string why = refusal(url);
    EXPECT_NE(why.find("password_file"), std::string::npos) << why;
    EXPECT_EQ(why.find("open-sesame"), std::string::npos) << why;
  }
}

}  // namespace
}  // namespace kavro::limiter_redis
