#include "plugins/auth/password_rules.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include <kavro/error.hpp>

#include "tests/services/temporary_folder.hpp"

namespace kavro::auth {
namespace {

using Problems = std::vector<std::string>;

TEST(PasswordRules, AcceptsWhatHasEverything) {
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Correct-9", "alice"));
}

TEST(PasswordRules, NamesEachMissingThing) {
  EXPECT_EQ((Problems{"needs at least 8 characters", "needs an upper-case letter", "needs a lower-case letter",
                      "needs a digit", "needs a special character, such as ! or -"}),
            PasswordRules({}).problems("", "alice"));
  EXPECT_EQ((Problems{"needs an upper-case letter"}), PasswordRules({}).problems("correct-9", "alice"));
  EXPECT_EQ((Problems{"needs a lower-case letter"}), PasswordRules({}).problems("CORRECT-9", "alice"));
  EXPECT_EQ((Problems{"needs a digit"}), PasswordRules({}).problems("Correct-N", "alice"));
  EXPECT_EQ((Problems{"needs a special character, such as ! or -"}), PasswordRules({}).problems("Correct99", "alice"));
}

TEST(PasswordRules, CountsCodePoints) {
  EXPECT_EQ((Problems{"needs at least 8 characters"}), PasswordRules({}).problems("Aa1-xyz", "alice"));
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Aa1-xyz8", "alice"));
  // 8 characters, 20 bytes; and 7 characters, 18 bytes.
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Aa1-\U0001F600\U0001F600\U0001F600\U0001F600", "alice"));
  EXPECT_EQ((Problems{"needs at least 8 characters"}),
            PasswordRules({}).problems("Aa1-\U0001F600\U0001F600\U0001F600", "alice"));
}

// Two spellings of one password have one length, and what counts is the composed one.
TEST(PasswordRules, CountsTheNormalForm) {
  EXPECT_EQ((Problems{"needs at least 8 characters"}), PasswordRules({}).problems("Aa1-\u00e9\u00e9\u00e9", "alice"));
  EXPECT_EQ((Problems{"needs at least 8 characters"}),
            PasswordRules({}).problems("Aa1-e\u0301e\u0301e\u0301", "alice"));
  PasswordRules::Limits limits;
  limits.lengthMax = 1024;
  std::string longest = "Aa1-";
  for (int i = 0; i < 1020; ++i) longest += "\u1112\u1161\u11ab";  // 9 bytes of a syllable
  EXPECT_EQ(Problems{}, PasswordRules(limits).problems(longest, "alice"));
  EXPECT_EQ((Problems{"may have at most 1024 characters"}), PasswordRules(limits).problems(longest + "x", "alice"));
  EXPECT_EQ((Problems{"may have at most 1024 characters"}),
            PasswordRules(limits).problems(std::string(kPasswordBytesMax + 1, 'x'), "alice"));
}

TEST(PasswordRules, RefusesWhatIsGuessedFirst) {
  const Problems common{"is one of those that are guessed first: choose another, such as a few words"};
  const Problems name{"is made of the username: choose another"};
  EXPECT_EQ(common, PasswordRules({}).problems("Passw0rd!", "alice"));
  EXPECT_EQ(name, PasswordRules({}).problems("Alice-2026", "alice"));
  EXPECT_EQ(name, PasswordRules({}).problems("aLICE-2026", "Alice"));
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Alice-2026", "bob"));
  EXPECT_EQ((Problems{"needs a digit"}), PasswordRules({}).problems("Password!", "alice")) << "one thing at a time";
  PasswordRules::Limits limits;
  limits.uncommon = Needed::kNo;
  EXPECT_EQ(Problems{}, PasswordRules(limits).problems("Passw0rd!", "alice"));
  EXPECT_EQ(Problems{}, PasswordRules(limits).problems("Alice-2026", "alice"));
}

TEST(PasswordRules, RefusesWhatTheOperatorLists) {
  const testing::TemporaryFolder folder("rules");
  const auto path = folder.path() / "list";
  std::ofstream(path) << "Correct-9\n";
  PasswordRules::Limits limits;
  limits.uncommon = Needed::kNo;  // the list is by itself
  const PasswordRules rules(limits, PasswordBlocklist(path.string()));
  EXPECT_EQ((Problems{"is on the list of passwords that this server refuses: choose another"}),
            rules.problems("cORRECT-9", "alice"));
  EXPECT_EQ(Problems{}, rules.problems("Correct-10", "alice"));
}

TEST(PasswordRules, HasALongestLength) {
  const std::string longest = "Aa1-" + std::string(124, 'x');
  EXPECT_EQ(Problems{}, PasswordRules({}).problems(longest, "alice"));
  EXPECT_EQ((Problems{"may have at most 128 characters"}), PasswordRules({}).problems(longest + "x", "alice"));
}

TEST(PasswordRules, KnowsLettersOfOtherScripts) {
  EXPECT_EQ(Problems{}, PasswordRules({}).problems("Парольдва-2", "alice"));
  // A letter is not special, whatever its script.
  EXPECT_EQ((Problems{"needs a special character, such as ! or -"}), PasswordRules({}).problems("Passwörd9", "alice"));
}

TEST(PasswordRules, CanBeSwitchedOffOneByOne) {
  PasswordRules::Limits limits;
  limits.special = Needed::kNo;
  EXPECT_EQ(Problems{}, PasswordRules(limits).problems("AlicePass123", "alice"));
  limits.upper = limits.lower = limits.digit = Needed::kNo;
  limits.lengthMin = 1;
  EXPECT_EQ(Problems{}, PasswordRules(limits).problems("x", "alice"));
}

TEST(PasswordRules, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(Problems{"is not UTF-8"}, PasswordRules({}).problems("Correct-9\xFF", "alice"));
  EXPECT_EQ(Problems{"is not UTF-8"}, PasswordRules({}).problems("Correct-9\xC3", "alice"));
  EXPECT_EQ(Problems{"is not UTF-8"}, PasswordRules({}).problems("Correct-9\xE2\x28\xA1", "alice"));
}

TEST(PasswordRules, RefusesLimitsThatNothingMeets) {
  PasswordRules::Limits limits;
  limits.lengthMin = 20;
  limits.lengthMax = 10;
  EXPECT_THROW(PasswordRules{limits}, Error);
}

// 1024 syllables of Korean, sent as their parts.
TEST(PasswordRules, NoRegistrablePasswordIsTooLongForALogin) { EXPECT_GE(kPasswordBytesMax, 1024u * 9u); }

}  // namespace
}  // namespace kavro::auth
