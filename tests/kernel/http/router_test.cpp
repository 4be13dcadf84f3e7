#include "kernel/http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include <kavro/text.hpp>

namespace kavro::http {
namespace {

Route route(const std::string& method, const std::string& pattern) {
  Route made;
  made.owner = "test";
  made.method = method;
  made.pattern = pattern;
  return made;
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() : router({"", "/api/v1"}) {
    for (const char* pattern : {"/", "/keys/{user_id}", "/keys/publish", "/messages/{id}/ack", "/messages/"}) {
      EXPECT_EQ(nullptr, router.add(route("GET", pattern)));
    }
    EXPECT_EQ(nullptr, router.add(route("POST", "/keys/publish")));
  }
  std::string patternOf(std::string_view path, std::string_view method = "GET") {
    const Match match = router.find(method, path, arena);
    return match.route ? match.route->pattern : match.path_known ? "405" : "404";
  }

  Router router;
  Arena arena;
};

TEST_F(RouterTest, LiteralsWinOverParameters) {
  EXPECT_EQ("/keys/publish", patternOf("/keys/publish"));
  EXPECT_EQ("/keys/{user_id}", patternOf("/keys/7"));
  EXPECT_EQ("/messages/{id}/ack", patternOf("/messages/7/ack"));
}

TEST_F(RouterTest, EveryMountServesEveryRoute) {
  EXPECT_EQ("/keys/{user_id}", patternOf("/api/v1/keys/7"));
  EXPECT_EQ("/", patternOf("/api/v1"));
  EXPECT_EQ("/", patternOf("/api/v1/"));
  EXPECT_EQ("404", patternOf("/api/v1x/keys/7"));
  EXPECT_EQ("/keys/7", router.find("GET", "/api/v1/keys/7", arena).path);
}

TEST_F(RouterTest, OneTrailingSlashIsTolerated) {
  EXPECT_EQ("/messages/", patternOf("/messages"));
  EXPECT_EQ("/messages/", patternOf("/messages/"));
  EXPECT_EQ("404", patternOf("/messages//"));
}

TEST_F(RouterTest, WhatDoesNotFitIsNotFound) {
  for (const char* path : {"/keys", "/keys/7/8", "//keys/7", "/keys//7", "/Keys/7", "/keys/../keys/7", "*", ""}) {
    EXPECT_EQ("404", patternOf(path)) << path;
  }
}

TEST_F(RouterTest, AKnownPathWithAnotherMethodSaysWhatIsAllowed) {
  const Match match = router.find("DELETE", "/keys/publish", arena);
  EXPECT_EQ(nullptr, match.route);
  EXPECT_TRUE(match.path_known);
  EXPECT_EQ("GET, HEAD, OPTIONS, POST", match.allow);
}

TEST_F(RouterTest, HeadFindsTheGet) { EXPECT_EQ("/keys/{user_id}", patternOf("/keys/7", "HEAD")); }

TEST_F(RouterTest, ParametersAreDecodedOnceAndKeepTheirSlashes) {
  const Match match = router.find("GET", "/keys/a%2Fb%2541", arena);
  ASSERT_EQ(1u, match.parameter_count);
  EXPECT_EQ("user_id", fromAbi(match.parameters[0].name));
  EXPECT_EQ("a/b%41", fromAbi(match.parameters[0].value));
  EXPECT_EQ("404", patternOf("/keys/%FF"));
}

TEST_F(RouterTest, ALiteralThatLeadsNowhereFallsBackToTheParameter) {
  Router other({""});
  other.add(route("GET", "/a/b/c"));
  other.add(route("GET", "/{x}/b/d"));
  const Match match = other.find("GET", "/a/b/d", arena);
  ASSERT_NE(nullptr, match.route);
  EXPECT_EQ("/{x}/b/d", match.route->pattern);
  EXPECT_EQ("a", fromAbi(match.parameters[0].value));
}

TEST_F(RouterTest, TheSameRouteTwiceIsAClash) {
  ASSERT_NE(nullptr, router.add(route("GET", "/keys/{id}")));
  EXPECT_EQ("/keys/{user_id}", router.add(route("GET", "/keys/{id}"))->pattern);
}

TEST_F(RouterTest, ImpossiblePatternsAreRefused) {
  for (const char* pattern : {"", "keys", "/a//b", "/a{b}", "/{a"}) {
    EXPECT_THROW(router.add(route("GET", pattern)), std::invalid_argument) << pattern;
  }
  EXPECT_THROW(router.add(route("get", "/x")), std::invalid_argument);
}

}  // namespace
}  // namespace kavro::http
