#include "plugins/auth/imported_tokens.hpp"

#include <gtest/gtest.h>

#include <kavro/error.hpp>

#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_signer.hpp"
#include "tests/plugins/auth/json_tables.hpp"

namespace kavro::auth {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

const Time kNow{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};

class ImportedTokensTest : public ::testing::Test {
 protected:
  std::string why(std::string_view until) {
    try {
      const ImportedTokens tokens("changeme", until, json_.tables(), 0ms, kNow);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  JsonTables json_;
  const HmacKey key_{"changeme", 1};
  const TokenSigner day_{key_, 24h};
  const TokenSigner month_{key_, 24h * 30};
  const ImportedTokens tokens_{"changeme", "2026-01-04", json_.tables(), 0ms, kNow};
};

TEST_F(ImportedTokensTest, AreGoodUntilTheirDay) {
  const std::string token = day_.sign(7, kNow);
  const auto verdict = tokens_.verify(token, kNow);
  ASSERT_TRUE(verdict.claims) << verdict.why;
  EXPECT_EQ(7, verdict.claims->userId);
  EXPECT_EQ("The token has expired", tokens_.verify(token, kNow + 24h).why);  // its own end
  EXPECT_FALSE(tokens_.areOver(kNow + 48h - 1s));
  EXPECT_TRUE(tokens_.areOver(kNow + 48h));
}

TEST_F(ImportedTokensTest, OneThatWouldOutliveTheDayIsForged) {
  EXPECT_EQ("The token is good for too long", tokens_.verify(month_.sign(7, kNow), kNow).why);
  EXPECT_EQ("The token has expired", tokens_.verify(month_.sign(7, kNow), kNow + 48h).why);
}

TEST_F(ImportedTokensTest, AreOfThatSecretOnly) {
  const HmacKey other("changeyou", 1);
  EXPECT_FALSE(tokens_.verify(TokenSigner(other, 24h).sign(7, kNow), kNow).claims);
}

TEST_F(ImportedTokensTest, TheDayIsADayAndNear) {
  EXPECT_EQ("", why("2026-01-31"));
  EXPECT_EQ("", why("2026-01-31 12:00:00"));
  EXPECT_EQ("", why("2020-01-01"));  // over: the setting may stay until somebody takes it away
  EXPECT_NE(std::string::npos, why("2026-02-30").find("expected one such as 2026-01-31"));
  EXPECT_NE(std::string::npos, why("tomorrow").find("expected one such as 2026-01-31"));
  EXPECT_NE(std::string::npos, why("2026-03-01").find("more than 31 days away"));
}

}  // namespace
}  // namespace kavro::auth
