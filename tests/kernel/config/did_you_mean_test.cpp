#include "kernel/config/did_you_mean.hpp"

#include <gtest/gtest.h>

#include "kernel/config/problem.hpp"

namespace kavro::config {
namespace {

const std::vector<std::string> kWords{"token_ttl", "token_secret", "level", "listen", "on", "off"};

TEST(DidYouMean, FindsSlipsOfTheFinger) {
  EXPECT_EQ(findNearest("token_tll", kWords), "token_ttl");        // substitution
  EXPECT_EQ(findNearest("token_tt", kWords), "token_ttl");         // deletion
  EXPECT_EQ(findNearest("token_tttl", kWords), "token_ttl");       // insertion
  EXPECT_EQ(findNearest("tokne_secret", kWords), "token_secret");  // swap
  EXPECT_EQ(findNearest("lvel", kWords), "level");
  EXPECT_EQ(findNearest("no", kWords), "on");
  EXPECT_EQ(findNearest("Token-TTL", kWords), "token_ttl");
}

TEST(DidYouMean, SaysNothingAboutOtherWords) {
  EXPECT_EQ(findNearest("password", kWords), std::nullopt);
  EXPECT_EQ(findNearest("xx", kWords), std::nullopt);
  EXPECT_EQ(findNearest("x", {"y"}), std::nullopt);
  EXPECT_EQ(findNearest("", kWords), std::nullopt);
  EXPECT_EQ(findNearest(std::string(1000, 'a'), {std::string(1000, 'a') + "b"}), std::nullopt);
  EXPECT_EQ(findNearest("level", {"level"}), std::nullopt) << "the word itself is no suggestion";
}

TEST(DidYouMean, TakesTheNearestAndThenTheFirst) {
  EXPECT_EQ(findNearest("abcdefghi", {"abcdefgxx", "abcdefghx"}), "abcdefghx");
  EXPECT_EQ(findNearest("abcdef", {"abcdex", "abcdey"}), "abcdex");
}

TEST(DidYouMean, IsAppendedToAMessage) {
  EXPECT_EQ(didYouMean("levle", kWords), "; did you mean level?");
  EXPECT_EQ(didYouMean("house", kWords), "");
}

TEST(Problem, TellsPlaceSeverityAndMessage) {
  EXPECT_EQ((Problem{"a.ini:3", "[x] y: z"}).text(), "a.ini:3: [x] y: z");
  EXPECT_EQ((Problem{"a.ini:3", "[x] y: z", Severity::kWarning}).text(), "a.ini:3: warning: [x] y: z");
  EXPECT_EQ(countErrors({{"", "a"}, {"", "b", Severity::kWarning}, {"", "c"}}), 2u);
}

TEST(Problem, QuotesWithoutLettingControlCharactersThrough) {
  EXPECT_EQ(inQuotes("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(inQuotes("a\nb\x1b"), "\"a\\x0ab\\x1b\"");
  EXPECT_EQ(inQuotes(std::string(100, 'x')), "\"" + std::string(60, 'x') + "...\"");
  // Cut between characters, not inside of one.
  EXPECT_EQ(inQuotes(std::string(59, 'x') + "\xC3\xA4\xC3\xA4"), "\"" + std::string(59, 'x') + "...\"");
}

TEST(Problem, Lists) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}), "a and b");
  EXPECT_EQ(listed({"a", "b", "c"}, "or"), "a, b or c");
}

}  // namespace
}  // namespace kavro::config
