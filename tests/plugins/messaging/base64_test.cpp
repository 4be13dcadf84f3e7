#include "plugins/messaging/base64.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <random>
#include <string>

namespace kavro::messaging {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  Base64::encode(bytes, out);
  return out;
}

// RFC 4648 section 10.
TEST(Base64, PublishedVectors) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(Base64::decode(text), bytes);
    EXPECT_EQ(Base64::encodedSize(bytes.size()), text.size());
    EXPECT_EQ(Base64::decodedSize(text), bytes.size());
  }
}

TEST(Base64, TheSizeOfWhatIsNotBase64IsSmall) {
  for (const std::string_view text : {"=", "==", "Zg=", "===", "===="})
    EXPECT_LE(Base64::decodedSize(text), 3u) << text;
}

TEST(Base64, EncodeAppends) {
  std::string out = "\"";
  Base64::encode("foo", out);
  EXPECT_EQ(out, "\"Zm9v");
}

TEST(Base64, WhatIsNotBase64IsRefused) {
  for (const std::string_view text :
       {"Z",     "Zg",       "Zg=",        "Zg===",        "Zg==Zg==", "=",           "==",     "====",
        "Z===",  "=Zg=",     "Z=g=",       "Zm=v",         "Zm9v=",    "Zm9vZm=g",    "Zm9v\n", "Zm9vZg=\n",
        "\nZm9", "    Zm9v", "Zm9v    ",   "Zm9v\r\n\r\n", "Zm 9",     "Zm9v----",    "Zm9-",   "-_-_",
        "Zm9*",  "Zm9\x80",  "Z\xC3\xA9v", "Zg=-",         "Zg--",     "Zm9vZm9v-==="}) {
    EXPECT_EQ(Base64::decode(text), std::nullopt) << ::testing::PrintToString(text);
  }
  EXPECT_EQ(Base64::decode(std::string_view("Zm9\0", 4)), std::nullopt);
  EXPECT_EQ(Base64::decode(std::string_view("\0\0\0\0", 4)), std::nullopt);
}

TEST(Base64, NoByteOutsideTheAlphabetIsTaken) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (const size_t at : {0, 1, 2, 3, 4, 5, 6, 7}) {
      std::string text = "AAAAAAAA";
      text[at] = c;
      const bool expected = kAlphabet.find(c) != std::string_view::npos || (c == '=' && at == 7);
      EXPECT_EQ(Base64::decode(text).has_value(), expected) << byte << " at " << at;
    }
  }
}

TEST(Base64, LeftOverBitsMustBeZero) {
  EXPECT_TRUE(Base64::decode("Zg=="));
  EXPECT_FALSE(Base64::decode("Zh=="));
  EXPECT_FALSE(Base64::decode("Zv=="));
  EXPECT_TRUE(Base64::decode("Zm8="));
  EXPECT_FALSE(Base64::decode("Zm9="));
  EXPECT_FALSE(Base64::decode("Zm+="));
}

// Each text of four characters out of an alphabet that holds everything of interest.
TEST(Base64, AgreesWithLibsodiumOnShortTexts) {
  const std::string alphabet("AQg/+=-_ \n\0Z", 12);
  size_t good = 0;
  std::string text(4, ' ');
  for (const char a : alphabet) {
    for (const char b : alphabet) {
      for (const char c : alphabet) {
        for (const char d : alphabet) {
          text = {a, b, c, d};
          unsigned char bytes[3];
          size_t size = 0;
          const bool expected = sodium_base642bin(bytes, sizeof bytes, text.data(), text.size(), nullptr, &size,
                                                  nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
          const auto decoded = Base64::decode(text);
          ASSERT_EQ(decoded.has_value(), expected) << ::testing::PrintToString(text);
          if (expected) {
            ASSERT_EQ(*decoded, std::string(reinterpret_cast<char*>(bytes), size));
            ++good;
          }
        }
      }
    }
  }
  EXPECT_GT(good, 1000u);
}

TEST(Base64, AgreesWithLibsodiumOnRandomBytesAndDamagedTexts) {
  std::mt19937 random(7);
  const auto below = [&](size_t n) { return random() % n; };
  for (int i = 0; i < 3000; ++i) {
    std::string bytes(below(100), '\0');
    for (char& byte : bytes) byte = static_cast<char>(below(256));
    std::string text = encoded(bytes);
    std::string expected(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(expected.data(), expected.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    expected.pop_back();
    ASSERT_EQ(text, expected);
    ASSERT_EQ(Base64::decode(text), bytes);

    if (text.empty()) continue;
    // ASCII only: libsodium 1.0.18 takes some bytes from 0x80 on for letters.
    text[below(text.size())] = static_cast<char>(below(128));
    std::string out(text.size(), '\0');
    size_t size = 0;
    const bool good = sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                                        text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
    const auto decoded = Base64::decode(text);
    ASSERT_EQ(decoded.has_value(), good) << ::testing::PrintToString(text);
    if (good) {
      ASSERT_EQ(*decoded, out.substr(0, size));
    }
  }
}

}  // namespace
}  // namespace kavro::messaging
