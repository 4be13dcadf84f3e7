#include "plugins/auth/password_text.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace kavro::auth {
namespace {

TEST(PasswordText, OneSpellingOfWhatLooksTheSame) {
  EXPECT_EQ("caf\u00e9", normalizedPassword("cafe\u0301"));
  EXPECT_EQ("caf\u00e9", normalizedPassword("caf\u00e9"));
  EXPECT_EQ("\ud55c", normalizedPassword("\u1112\u1161\u11ab"));  // a syllable of Korean, from its parts
  EXPECT_EQ("\u1e69", normalizedPassword("s\u0307\u0323"));       // marks in either order
  EXPECT_EQ("\u1e69", normalizedPassword("s\u0323\u0307"));
  EXPECT_EQ("\u00c5", normalizedPassword("\u212b"));  // the angstrom sign is a letter
  EXPECT_EQ("\uff21", normalizedPassword("\uff21")) << "width is not spelling";
}

TEST(PasswordText, NothingIsLostOrCut) {
  EXPECT_EQ("", normalizedPassword(""));
  EXPECT_EQ(std::string("a\0b", 3), normalizedPassword(std::string("a\0b", 3)));
  EXPECT_EQ(std::string("\u00e9\0b", 4), normalizedPassword(std::string("e\u0301\0b", 5)));
  const std::string flags = "\U0001F1E9\U0001F1EA \u200d";
  EXPECT_EQ(flags, normalizedPassword(flags)) << "joiners and unassigned things stay";
  EXPECT_EQ("\xff\xfe", normalizedPassword("\xff\xfe")) << "what is no UTF-8 stays";
  EXPECT_EQ("e\u0301\xc3", normalizedPassword("e\u0301\xc3"));
}

// Marks are put in order by exchanging neighbours: without a bound, 16 KiB of them hold a thread for a second.
TEST(PasswordText, ManyMarksStayAsTheyAre) {
  const auto marks = [](size_t count, const char* one, const char* other) {
    std::string text = "a";
    for (size_t i = 0; i < count; ++i) text += i < count / 2 ? one : other;
    return text;
  };
  EXPECT_NE(marks(30, "\u0301", "\u0316"), normalizedPassword(marks(30, "\u0301", "\u0316")));
  EXPECT_EQ(marks(32, "\u0301", "\u0316"), normalizedPassword(marks(32, "\u0301", "\u0316")));
  // Each of these is two marks when it is taken apart, and none before.
  EXPECT_EQ(marks(40, "\u0f73", "\u0f75"), normalizedPassword(marks(40, "\u0f73", "\u0f75")));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    normalizedPassword(marks(8000, "\u0301", "\u0316"));
    foldedPassword(marks(5000, "\u0f73", "\u0f75"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10)) << "sorted, it takes minutes";
}

TEST(PasswordText, FoldsCaseAndWidth) {
  EXPECT_EQ("pass", foldedPassword("PaSS"));
  EXPECT_EQ("pass", foldedPassword("\uff30\uff21\uff33\uff33"));
  EXPECT_EQ("strasse", foldedPassword("Stra\u00dfe"));
  EXPECT_EQ("caf\u00e9", foldedPassword("CAFE\u0301"));
  EXPECT_EQ("pass", foldedPassword("pa\u00adss\u200b")) << "what nobody sees";
}

}  // namespace
}  // namespace kavro::auth
