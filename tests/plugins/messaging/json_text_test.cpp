#include "plugins/messaging/json_text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include <kavro/text.hpp>

#include "kernel/host/json_reader.hpp"

namespace kavro::messaging {
namespace {

// The server's own reader, to be compared with.
bool isReadByTheServer(std::string_view text) {
  static host::JsonReader reader;
  kavro_json_document document{};
  document.size = sizeof document;
  const char* why = "";
  if (reader.parse(toAbi(text), document, why) != KAVRO_OK) return false;
  host::JsonReader::release(document);
  return true;
}

std::string nested(int depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); }

const std::vector<std::string> kValues = {"null",
                                          "true",
                                          "false",
                                          "0",
                                          "-0",
                                          "7",
                                          "-12",
                                          "1.5",
                                          "1e9",
                                          "1E+9",
                                          "1.25e-3",
                                          "18446744073709551615",
                                          R"("")",
                                          R"("text")",
                                          R"("\"\\\/\b\f\n\r\t\u00e9\uABCD")",
                                          "\"\u00e9 \u20ac \U0001F4F1\x7f\"",
                                          "{}",
                                          "[]",
                                          "[1,2]",
                                          "[[],{}]",
                                          R"({"a":1})",
                                          R"({"a":{"b":[1,"c",null]},"d":false})",
                                          " { \"a\" :\t[ 1 ,\r\n2 ] } ",
                                          nested(63),
                                          R"("a quick look at forty plain signs in a row, by 8")"};

TEST(JsonText, IsOneValue) {
  for (const std::string& text : kValues) {
    EXPECT_TRUE(JsonText::isValue(text)) << text;
    EXPECT_TRUE(isReadByTheServer(text)) << text;
  }
}

TEST(JsonText, AndNothingElse) {
  for (const std::string& text : std::vector<std::string>{"",
                                                          " ",
                                                          "nul",
                                                          "nulll",
                                                          "True",
                                                          "NaN",
                                                          "-",
                                                          "01",
                                                          "1.",
                                                          ".5",
                                                          "1e",
                                                          "1e+",
                                                          "+1",
                                                          "0x1",
                                                          "--1",
                                                          "\"",
                                                          "\"a",
                                                          "a",
                                                          "'a'",
                                                          "\"\n\"",
                                                          "\"\\x\"",
                                                          "\"\\u12\"",
                                                          "\"\\u12g4\"",
                                                          "\"\\",
                                                          "[",
                                                          "]",
                                                          "[1",
                                                          "[1,]",
                                                          "[,1]",
                                                          "[1 2]",
                                                          "{",
                                                          "{\"a\"}",
                                                          "{\"a\":}",
                                                          "{\"a\":1,}",
                                                          "{a:1}",
                                                          "{1:1}",
                                                          "{\"a\" 1}",
                                                          "[}",
                                                          "{]",
                                                          "{} {}",
                                                          "1,2",
                                                          "1 2",
                                                          "null,\"x\":1",
                                                          "\xEF\xBB\xBF{}",
                                                          "\"\xFF\"",
                                                          "\"\x80\"",
                                                          "\"\xC0\xAF\"",
                                                          "\"\xE2\x82\"",
                                                          "\"\xE0\x80\x80\"",
                                                          "\"\xED\xA0\x80\"",
                                                          "\"\xF0\x80\x80\x80\"",
                                                          "\"\xF4\x90\x80\x80\"",
                                                          "\"\xF5\x80\x80\x80\"",
                                                          "\"\xC3\"",
                                                          std::string("1\0", 2),
                                                          std::string("\"\0\"", 3),
                                                          std::string("\"\\\0\"", 4),
                                                          nested(64),
                                                          nested(100'000)}) {
    EXPECT_FALSE(JsonText::isValue(text)) << ::testing::PrintToString(text.substr(0, 80));
    EXPECT_FALSE(isReadByTheServer(text)) << ::testing::PrintToString(text.substr(0, 80));
  }
}

TEST(JsonText, IsMilderThanTheServerOnlyInWhatItSays) {
  for (const char* text : {R"({"a":1,"a":2})", "123456789012345678901234567890", "1e999", R"("\ud800")"}) {
    EXPECT_TRUE(JsonText::isValue(text)) << text;
  }
}

// Good texts with a byte changed, put in or taken out: what the server reads is a value, and what is none it does not
// read.
TEST(JsonText, AgreesWithTheServerAboutTextsThatWereChanged) {
  std::mt19937 random(7);
  const auto below = [&](size_t end) { return static_cast<size_t>(random() % end); };
  constexpr std::string_view kBytes = "{}[]\",:\\ue0129-+.tfn \n\xE2\x82\xAC\xC3\x01";
  size_t good = 0, bad = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = kValues[below(kValues.size())];
    for (size_t changes = 1 + below(3); changes > 0 && !text.empty(); --changes) {
      const char byte = kBytes[below(kBytes.size())];
      switch (const size_t at = below(text.size()); below(3)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1);
      }
    }
    const bool is_read = isReadByTheServer(text);
    if (is_read) {
      EXPECT_TRUE(JsonText::isValue(text)) << ::testing::PrintToString(text);
    }
    // The reader refuses some values for other reasons, which the test above names.
    const bool is_plain = text.find_first_of("\\eE") == std::string::npos && (text.size() < 20 || text[0] == '"');
    if (is_plain && !is_read) {
      EXPECT_FALSE(JsonText::isValue(text)) << ::testing::PrintToString(text);
    }
    ++(is_read ? good : bad);
  }
  EXPECT_GT(good, 1000u);
  EXPECT_GT(bad, 1000u);
}

}  // namespace
}  // namespace kavro::messaging
