#include <kavro/import.hpp>
#include <kavro/services/fernet_token.hpp>

#include <gtest/gtest.h>

#include "tests/sdk/fake_host.hpp"

namespace kavro {
namespace {

TEST(ParseUtcTime, ReadsWhatDatabasesWrite) {
  EXPECT_EQ(1767323045678901, parseUtcTime("2026-01-02 03:04:05.678901"));
  EXPECT_EQ(1767323045000000, parseUtcTime("2026-01-02 03:04:05"));
  EXPECT_EQ(1767323045600000, parseUtcTime("2026-01-02T03:04:05.6Z"));
  EXPECT_EQ(1767323045000000, parseUtcTime("2026-01-02 03:04:05+00"));
  EXPECT_EQ(-1000000, parseUtcTime("1969-12-31 23:59:59"));
  EXPECT_EQ(1709164800000000, parseUtcTime("2024-02-29 00:00:00"));
}

TEST(ParseUtcTime, TakesNothingElse) {
  for (const char* text :
       {"", "2026-01-02", "2026-01-02 03:04", "2026-13-02 03:04:05", "2026-02-29 00:00:00", "2026-01-02 24:00:00",
        "2026-01-02 03:60:05", "2026-01-02 03:04:05.", "2026-01-02 03:04:05.1234567", "2026-01-02 03:04:05+01",
        "2026-01-02 03:04:05 BC", "infinity", "26-1-2 3:4:5", " 2026-01-02 03:04:05"}) {
    EXPECT_EQ(std::nullopt, parseUtcTime(text)) << text;
  }
}

TEST(ImportRow, NamesTheColumnThatIsNotAsExpected) {
  const std::vector<std::string> names{"id", "name", "made_at"};
  const kavro_sql_value columns[] = {detail::sqlValue(7), detail::sqlValue(nullptr), detail::sqlValue("yesterday")};
  const ImportRow row(names, columns);
  EXPECT_EQ(7, row.integer(0));
  EXPECT_EQ(std::nullopt, row.findText(1));
  const auto why = [&](auto read) -> std::string {
    try {
      read();
    } catch (const Error& error) {
      EXPECT_EQ(Status::kInvalid, error.status());
      return error.what();
    }
    return "it was taken";
  };
  EXPECT_EQ("name is NULL, expected text", why([&] { row.text(1); }));
  EXPECT_EQ("id is something else, expected text", why([&] { row.text(0); }));
  EXPECT_EQ("made_at is something else, expected a time such as 2026-01-02 03:04:05.678901",
            why([&] { row.findTime(2); }));
}

TEST(ImportTable, IsNothingOnAServerThatCannotImport) {
  const kavro::testing::FakeHost fake;
  const ImportTable table(fake.host(), {.source = "notes", .target = "", .columns = {"id"}},
                          [](Session&, const ImportRow&) { return ImportResult::imported(); });
}

TEST(FernetToken, IsToldByItsForm) {
  const std::string token =
      "gAAAAABrBcm3ZWuzWNVio7WhRaTFt_ErrNwEoFmIPxyNezAVFEzjWiA1AULpMe2iZlaxP5OlMcv3qUPwWev24SVYBOSxgLn39bOqPQrdmpflVnrJ"
      "HHUzqxI=";
  EXPECT_TRUE(isFernetToken(token));
  EXPECT_FALSE(isFernetToken(token.substr(4)));
  EXPECT_FALSE(isFernetToken(token.substr(0, token.size() - 4)));  // no whole blocks
  EXPECT_FALSE(isFernetToken(token + "===="));
  EXPECT_FALSE(isFernetToken("gAAAAABr"));
  EXPECT_FALSE(isFernetToken(""));
  std::string other = token;
  other[50] = '+';
  EXPECT_FALSE(isFernetToken(other));
}

TEST(FernetToken, SaysWhyItCannotBeRead) {
  EXPECT_NE(std::string::npos, openToken(std::nullopt, "x").why.find("switch vault on"));
  const kavro::testing::FakeHost fake("one");
  const auto cipher = fake.host().findService<Cipher>();
  EXPECT_NE(std::string::npos, openToken(cipher, "two:x").why.find("none of the vault's keys"));
  EXPECT_EQ("x", openToken(cipher, "one:x").plain);
}

}  // namespace
}  // namespace kavro
