#include <kavro/json.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace kavro {
namespace {

std::string written(std::string_view text) {
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

std::string written(double number) {
  std::string out;
  JsonWriter(out).real(number);
  return out;
}

TEST(JsonWriter, RealsAreToldFromIntegers) {
  EXPECT_EQ(written(1.0), "1.0");
  EXPECT_EQ(written(-0.0), "-0.0");
  EXPECT_EQ(written(1e300), "1e+300");
  EXPECT_EQ(written(0.1), "0.1");
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out = "data: ";
  JsonWriter writer(out);
  writer.beginObject().key("a").integer(1).key("b").beginArray().string("x").null().beginObject().endObject();
  writer.beginArray().endArray().boolean(true).endArray().key("c").raw("{\"d\":[1,2]}").key("e").boolean(false);
  writer.endObject();
  EXPECT_EQ(out, R"(data: {"a":1,"b":["x",null,{},[],true],"c":{"d":[1,2]},"e":false})");
}

TEST(JsonWriter, EscapesWhatMustBe) {
  EXPECT_EQ(written(R"(say "hi" \ /)"), R"("say \"hi\" \\ /")");
  EXPECT_EQ(written("line\nreturn\rtab\t"), R"("line\nreturn\rtab\t")");
  EXPECT_EQ(written(std::string_view("\0\x01\x1f\x7f", 4)), R"("\u0000\u0001\u001f\u007f")");
  EXPECT_EQ(written(""), R"("")");
  std::string out;
  JsonWriter(out).beginObject().key("a\"b").null().endObject();
  EXPECT_EQ(out, R"({"a\"b":null})") << "names are escaped as well";
}

// So that a line of a log is one line to whoever reads it, and reads as it was written.
TEST(JsonWriter, EscapesWhatHidesBehindALine) {
  EXPECT_EQ(written("a\xC2\x80z\xC2\x85\xC2\x9B\xC2\x9F"), R"("a\u0080z\u0085\u009b\u009f")");
  EXPECT_EQ(written("\xE2\x80\xA8 \xE2\x80\xA9"), R"("\u2028 \u2029")");
  EXPECT_EQ(written("\xE2\x80\x8E\xE2\x80\x8F\xE2\x80\xAA\xE2\x80\xAE"), R"("\u200e\u200f\u202a\u202e")");
  EXPECT_EQ(written("\xE2\x81\xA6\xE2\x81\xA9"), R"("\u2066\u2069")");
  for (const char* text : {"\xC2\xA0", "\xC3\x80", "\xE2\x80\x8D", "\xE2\x80\x90", "\xE2\x80\xA7", "\xE2\x80\xAF",
                           "\xE2\x81\xA5", "\xE2\x81\xAA", "\xE2\x82\xAC", "\xE3\x80\xA8"}) {
    EXPECT_EQ(written(text), '"' + std::string(text) + '"') << "a neighbour of one";
  }
}

// Texts are looked at in pieces: whatever a byte is, and wherever it stands among plain ones.
TEST(JsonWriter, EscapesEveryByteAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const std::string alone = written(std::string_view(&c, 1));
    const std::string as_written = alone.substr(1, alone.size() - 2);
    const bool plain = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
    EXPECT_EQ(as_written == std::string(1, c), plain) << byte;
    for (size_t place = 0; place < 20; ++place) {
      std::string text(20, '~'), expected = text;
      text[place] = c;
      expected.replace(place, 1, as_written);
      EXPECT_EQ(written(text), '"' + expected + '"') << byte << " at " << place;
    }
  }
}

TEST(JsonWriter, KeepsUtf8) {
  for (const char* text : {"é", "ß", "€", "\xEF\xBF\xBF", "𝄞", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    EXPECT_EQ(written(text), '"' + std::string(text) + '"');
  }
}

TEST(JsonWriter, RepairsWhatIsNotUtf8) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(written("\x80"), '"' + bad + '"') << "a continuation alone";
  EXPECT_EQ(written("a\xFFz"), "\"a" + bad + "z\"");
  EXPECT_EQ(written("\xC3"), '"' + bad + '"') << "cut short";
  EXPECT_EQ(written("\xE2\x82"), '"' + bad + bad + '"') << "cut short";
  EXPECT_EQ(written("\xC3("), '"' + bad + "(\"") << "what follows is kept";
  EXPECT_EQ(written("\xC0\xAF"), '"' + bad + bad + '"') << "an overlong form of /";
  EXPECT_EQ(written("\xE0\x80\xAF"), '"' + bad + bad + bad + '"') << "an overlong form of /";
  EXPECT_EQ(written("\xED\xA0\x80"), '"' + bad + bad + bad + '"') << "a surrogate";
  EXPECT_EQ(written("\xF4\x90\x80\x80"), '"' + bad + bad + bad + bad + '"') << "above U+10FFFF";
  EXPECT_EQ(written("\xF8\x88\x80\x80\x80").find('\x88'), std::string::npos);
  EXPECT_EQ(written("ok\xC3\"end"), "\"ok" + bad + "\\\"end\"") << "a quote behind a broken sequence is still escaped";
}

TEST(JsonWriter, WritesEveryInteger) {
  std::string out;
  JsonWriter(out)
      .beginArray()
      .integer(0)
      .integer(-1)
      .integer(std::numeric_limits<int64_t>::max())
      .integer(std::numeric_limits<int64_t>::min())
      .endArray();
  EXPECT_EQ(out, "[0,-1,9223372036854775807,-9223372036854775808]");
}

TEST(JsonWriter, RealsReadBackExactly) {
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(-2.5e-7), "-2.5e-07");
  for (const double number : {1.0 / 3, 1e300, 5e-324, std::numeric_limits<double>::max(), -123456.789}) {
    EXPECT_EQ(std::strtod(written(number).c_str(), nullptr), number);
  }
}

TEST(JsonWriter, WhatJsonHasNoNumberForIsNull) {
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(written(std::nan("")), "null");
}

}  // namespace
}  // namespace kavro
