#include "route_pattern.hpp"

#include <gtest/gtest.h>

namespace kavro::ratelimit {
namespace {

RoutePattern pattern(std::string_view text) {
  std::string why;
  const auto parsed = RoutePattern::parse(text, why);
  EXPECT_TRUE(parsed) << text << ": " << why;
  return parsed.value();
}

TEST(RoutePattern, MatchesItsRouteWithOrWithoutTheLastSlash) {
  for (const char* text : {"/messages", "/messages/"}) {
    EXPECT_TRUE(pattern(text).matchesRoute("/messages"));
    EXPECT_TRUE(pattern(text).matchesRoute("/messages/"));
    EXPECT_FALSE(pattern(text).matchesRoute("/messages/inbox"));
    EXPECT_FALSE(pattern(text).matchesRoute("/message"));
    EXPECT_FALSE(pattern(text).matchesRoute("/messagess"));
    EXPECT_FALSE(pattern(text).matchesRoute("/"));
  }
  EXPECT_TRUE(pattern("/").matchesRoute("/"));
  EXPECT_FALSE(pattern("/").matchesRoute("/a"));
}

TEST(RoutePattern, TheNameOfAParameterDoesNotCount) {
  EXPECT_TRUE(pattern("/messages/{id}/ack").matchesRoute("/messages/{message_id}/ack"));
  EXPECT_FALSE(pattern("/messages/{id}/ack").matchesRoute("/messages/inbox/ack"));
  EXPECT_FALSE(pattern("/messages/inbox").matchesRoute("/messages/{id}"));
}

TEST(RoutePattern, OnAPathAParameterIsAnySegment) {
  EXPECT_TRUE(pattern("/keys/{user_id}").matchesPath("/keys/7"));
  EXPECT_TRUE(pattern("/keys/{user_id}").matchesPath("/keys/7/"));
  EXPECT_FALSE(pattern("/keys/{user_id}").matchesPath("/keys"));
  EXPECT_FALSE(pattern("/keys/{user_id}").matchesPath("/keys/7/8"));
  EXPECT_FALSE(pattern("/keys/{user_id}").matchesPath("/other/7"));
}

TEST(RoutePattern, APrefixIsThePathAndEverythingBelow) {
  const RoutePattern prefix = pattern("/messages/*");
  EXPECT_TRUE(prefix.isPrefix());
  for (const char* route : {"/messages", "/messages/", "/messages/inbox", "/messages/{id}/ack"}) {
    EXPECT_TRUE(prefix.matchesRoute(route)) << route;
  }
  EXPECT_FALSE(prefix.matchesRoute("/messagesx"));
  EXPECT_FALSE(prefix.matchesRoute("/keys"));
}

TEST(RoutePattern, AStarIsEverything) {
  for (const char* text : {"*", "/*"}) {
    EXPECT_TRUE(pattern(text).matchesRoute("/health"));
    EXPECT_TRUE(pattern(text).matchesPath("/"));
    EXPECT_TRUE(pattern(text).matchesPath(""));
    EXPECT_EQ(pattern(text).segmentCount(), 0u);
  }
}

TEST(RoutePattern, CoversWhatLiesWithin) {
  EXPECT_TRUE(pattern("*").covers(pattern("/messages/*")));
  EXPECT_TRUE(pattern("/messages/*").covers(pattern("/messages")));
  EXPECT_TRUE(pattern("/messages/*").covers(pattern("/messages/{id}/*")));
  EXPECT_FALSE(pattern("/messages/{id}/*").covers(pattern("/messages/*")));
  EXPECT_FALSE(pattern("/messages").covers(pattern("/messages/*"))) << "a single route is no prefix";
  EXPECT_TRUE(pattern("/messages/").covers(pattern("/messages")));
}

TEST(RoutePattern, HashAndEqualityIgnoreNamesAndTheLastSlash) {
  const RoutePattern::Hash hash;
  const RoutePattern::Equal equal;
  EXPECT_TRUE(equal("/a/{b}", "/a/{c}/"));
  EXPECT_EQ(hash("/a/{b}"), hash("/a/{c}/"));
  EXPECT_TRUE(equal("", "/"));
  EXPECT_EQ(hash(""), hash("/"));
  for (const char* other : {"/a", "/a/b", "/a/{b}/c", "/{a}/{b}", "/a{b}"}) {
    EXPECT_FALSE(equal("/a/{b}", other)) << other;
    EXPECT_FALSE(equal(other, "/a/{b}")) << other;
    EXPECT_NE(hash("/a/{b}"), hash(other)) << other;
  }
}

struct Refused {
  const char* text;
  const char* why;
};

TEST(RoutePattern, RefusesWhatIsNone) {
  const std::string tooLong = "/" + std::string(RoutePattern::kBytesMax, 'a');
  const Refused cases[] = {
      {"", "a path that begins with \"/\", or \"*\" for every path"},
      {"messages", "a path that begins with \"/\", or \"*\" for every path"},
      {"**", "a path that begins with \"/\", or \"*\" for every path"},
      {"//", "no empty segment (\"//\")"},
      {"/a//b", "no empty segment (\"//\")"},
      {"/a//", "no empty segment (\"//\")"},
      {"/a//*", "no empty segment (\"//\")"},
      {"/a/*/b", "\"*\" only as the last segment"},
      {"/a*", "segments such as messages, {id} or, at the end, *"},
      {"/{}", "segments such as messages, {id} or, at the end, *"},
      {"/{a", "segments such as messages, {id} or, at the end, *"},
      {"/a}", "segments such as messages, {id} or, at the end, *"},
      {"/{a}b", "segments such as messages, {id} or, at the end, *"},
      {"/{a}{b}", "segments such as messages, {id} or, at the end, *"},
      {"/a?x=1", "a path as the API's documentation has it: decoded, without query"},
      {"/a%20b", "a path as the API's documentation has it: decoded, without query"},
      {tooLong.c_str(), "a path of at most 512 bytes"},
  };
  for (const Refused& refused : cases) {
    std::string why;
    EXPECT_FALSE(RoutePattern::parse(refused.text, why)) << refused.text;
    EXPECT_EQ(why, refused.why) << refused.text;
  }
}

}  // namespace
}  // namespace kavro::ratelimit
