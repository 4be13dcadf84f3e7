#include "kernel/http/characters.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kavro::http {
namespace {

std::string textOf(const CharacterTable& table) {
  std::string text;
  for (unsigned c = 0; c < 256; ++c) {
    if (table[c] != 0) text.push_back(static_cast<char>(c));
  }
  return text;
}

TEST(Characters, TokensAreThoseOfRfc9110) {
  EXPECT_EQ(textOf(kTokenLower), "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
  EXPECT_EQ(kTokenLower['A'], 'a');
  EXPECT_EQ(kTokenLower['Z'], 'z');
  EXPECT_EQ(kTokenLower['^'], '^');
}

TEST(Characters, RegisteredNamesAreThoseOfRfc3986) {
  EXPECT_EQ(textOf(kRegisteredName), "!$&'()*+,-.0123456789;=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
}

TEST(Characters, HexDigitsHaveTheirValues) {
  const std::string digits = "0123456789abcdefABCDEF";
  for (unsigned c = 0; c < 256; ++c) {
    const std::size_t at = c == 0 ? std::string::npos : digits.find(static_cast<char>(c));
    EXPECT_EQ(kHexValue[c], at == std::string::npos ? 0xFF : at < 16 ? at : at - 6) << c;
  }
}

// The fast look at eight bytes must agree with the table for every byte at every place.
TEST(Characters, WordsAgreeWithTables) {
  for (unsigned c = 0; c < 256; ++c) {
    for (std::size_t size = 1; size <= 20; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        for (const char filler : {' ', '~', '\x7E', '!'}) {
          std::string text(size, filler);
          text[at] = static_cast<char>(c);
          ASSERT_EQ(isFieldValue(text), c == '\t' || (c >= 0x20 && c != 0x7F)) << c << " at " << at;
          ASSERT_EQ(isRequestLine(text), c == '\r' || c == '\n' || (c >= 0x20 && c <= 0x7E)) << c << " at " << at;
        }
      }
    }
  }
  EXPECT_TRUE(isFieldValue(""));
  EXPECT_TRUE(isFieldValue(std::string(16, '\xFF')));
  EXPECT_FALSE(isFieldValue("\xFF\xFF\xFF\x7F\xFF\xFF\xFF\xFF"));
  EXPECT_FALSE(isRequestLine(std::string(16, '\x80')));
}

}  // namespace
}  // namespace kavro::http
