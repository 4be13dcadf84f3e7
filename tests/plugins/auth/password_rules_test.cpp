#include "plugins/auth/password_rules.hpp"

#include <gtest/gtest.h>

#include <kavro/error.hpp>

namespace kavro::auth {
namespace {

using Problems = std::vector<std::string>;

TEST(PasswordRules, AcceptsWhatHasEverything) { EXPECT_EQ(Problems{}, PasswordRules({}).problems("Correct-9")); }

TEST(PasswordRules, NamesEachMissingThing) {
  EXPECT_EQ((Problems{"needs at least 8 characters", "needs an upper-case letter", "needs a lower-case letter",
                      "needs a digit", "needs a special character, such as ! or -"}),
            PasswordRules({}).problems(""));
  EXPECT_EQ((Problems{"needs an upper-case letter"}), PasswordRules({}).problems("correct-9"));
  EXPECT_EQ((Problems{"needs a lower-case letter"}), PasswordRules({}).problems("CORRECT-9"));
  EXPECT_EQ((Problems{"needs a digit"}), PasswordRules({}).problems("Correct-N"));
  EXPECT_EQ((Problems{"needs a special character, such as ! or -"}), PasswordRules({}).problems("Correct99"));
}

TEST(PasswordRules, CountsCodePoints) {
  EXPECT_EQ((Problems{"needs at least 8 characters"}), PasswordRules({}).problems("Aa1-xyz"));
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Aa1-xyz8"));
  // 8 characters, 20 bytes; and 7 characters, 18 bytes.
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Aa1-\U0001F600\U0001F600\U0001F600\U0001F600"));
  EXPECT_EQ((Problems{"needs at least 8 characters"}),
            PasswordRules({}).problems("Aa1-\U0001F600\U0001F600\U0001F600"));
}

TEST(PasswordRules, HasALongestLength) {
  const std::string longest = "Aa1-" + std::string(124, 'x');
  EXPECT_EQ(Problems{}, PasswordRules({}).problems(longest));
  EXPECT_EQ((Problems{"may have at most 128 characters"}), PasswordRules({}).problems(longest + "x"));
}

TEST(PasswordRules, KnowsLettersOfOtherScripts) {
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Парольдва-2"));
  // A letter is not special, whatever its script.
  EXPECT_EQ((Problems{"needs a special character, such as ! or -"}), PasswordRules({}).problems("Passwörd9"));
}

TEST(PasswordRules, CanBeSwitchedOffOneByOne) {
  PasswordRules::Limits limits;
  limits.special = Needed::kNo;
  EXPECT_EQ(Problems{}, PasswordRules(limits).problems("AlicePass123"));
  limits.upper = limits.lower = limits.digit = Needed::kNo;
  limits.lengthMin = 1;
  EXPECT_EQ(Problems{}, PasswordRules(limits).problems("x"));
}

TEST(PasswordRules, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(Problems{"is not UTF-8"}, PasswordRules({}).problems("Correct-9\xFF"));
  EXPECT_EQ(Problems{"is not UTF-8"}, PasswordRules({}).problems("Correct-9\xC3"));
  EXPECT_EQ(Problems{"is not UTF-8"}, PasswordRules({}).problems("Correct-9\xE2\x28\xA1"));
}

TEST(PasswordRules, RefusesLimitsThatNothingMeets) {
  PasswordRules::Limits limits;
  limits.lengthMin = 20;
  limits.lengthMax = 10;
  EXPECT_THROW(PasswordRules{limits}, Error);
}

TEST(PasswordRules, NoRegistrablePasswordIsTooLongForALogin) { EXPECT_GE(kPasswordBytesMax, 1024u * 4u); }

}  // namespace
}  // namespace kavro::auth
