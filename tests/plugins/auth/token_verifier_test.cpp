#include "plugins/auth/token_verifier.hpp"

#include <gtest/gtest.h>

#include "plugins/auth/token_signer.hpp"
#include "tests/plugins/auth/json_tables.hpp"

namespace kavro::auth {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
const Time kNow{std::chrono::seconds(1'700'000'000)};

std::string base64Url(std::string_view text) {
  std::string out(sodium_base64_ENCODED_LEN(text.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.pop_back();
  return out;
}

class TokenVerifierTest : public ::testing::Test {
 protected:
  // Signs whatever it is given, so that only the content of a token is to be found fault with.
  std::string sign(std::string_view header, std::string_view claims, const TokenKey& key) {
    std::string token = base64Url(header) + "." + base64Url(claims);
    const TokenMac mac = key.mac(token);
    return token + "." + base64Url({reinterpret_cast<const char*>(mac.data()), mac.size()});
  }
  std::string sign(std::string_view header, std::string_view claims) { return sign(header, claims, key_); }

  std::string why(std::string_view token, Time now = kNow) {
    const auto verdict = verifier_.verify(token, now);
    EXPECT_NE(verdict.claims.has_value(), !verdict.why.empty());
    return std::string(verdict.why);
  }
  std::string whyHeader(std::string_view header) { return why(sign(header, R"({"sub":"7","exp":1700000100})")); }
  std::string whyClaims(std::string_view claims) { return why(sign(kHeader, claims)); }

  JsonTables json_;
  TokenKey key_{"0123456789abcdef0123456789abcdef"};
  TokenSigner signer_{key_, 24h};
  TokenVerifier verifier_{key_, json_.tables(), 0s};
};

TEST_F(TokenVerifierTest, AcceptsWhatTheSignerMade) {
  const auto verdict = verifier_.verify(signer_.sign(7, kNow), kNow);
  ASSERT_TRUE(verdict.claims) << verdict.why;
  EXPECT_EQ(7, verdict.claims->userId);
  EXPECT_EQ(1'700'000'000.0 + 86'400, verdict.claims->expires_s);
}

TEST_F(TokenVerifierTest, AcceptsATokenOfThePythonService) {
  // Made with Python's hmac and hashlib: {"sub":"5","exp":4102444800}.
  const auto verdict = verifier_.verify(
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI1IiwiZXhwIjo0MTAyNDQ0ODAwfQ."
      "rIeQeakTDPbX-c6kyuxxR7Au_LXXWg-Qk3nuh1wysNQ",
      kNow);
  ASSERT_TRUE(verdict.claims) << verdict.why;
  EXPECT_EQ(5, verdict.claims->userId);
}

TEST_F(TokenVerifierTest, ExpiresAtTheSecond) {
  const std::string token = signer_.sign(7, kNow);
  EXPECT_EQ("", why(token, kNow + 24h - 1ms));
  EXPECT_EQ("The token has expired", why(token, kNow + 24h));
}

TEST_F(TokenVerifierTest, ExpiryMayBeReal) {
  EXPECT_EQ("", whyClaims(R"({"sub":"7","exp":1700000000.5})"));
  EXPECT_EQ("", whyClaims(R"({"sub":"7","exp":1.8e9})"));
  EXPECT_EQ("The token has expired", whyClaims(R"({"sub":"7","exp":1699999999.5})"));
}

TEST_F(TokenVerifierTest, NeedsAnExpiryThatIsANumber) {
  for (const auto* claims : {R"({"sub":"7"})", R"({"sub":"7","exp":"1700000100"})", R"({"sub":"7","exp":null})",
                             R"({"sub":"7","exp":true})", R"({"sub":"7","exp":[1700000100]})"}) {
    EXPECT_EQ("The token does not say when it expires", whyClaims(claims)) << claims;
  }
}

TEST_F(TokenVerifierTest, HonoursNotBefore) {
  EXPECT_EQ("", whyClaims(R"({"sub":"7","exp":1700000100,"nbf":1700000000})"));
  EXPECT_EQ("The token is not valid yet", whyClaims(R"({"sub":"7","exp":1700000100,"nbf":1700000001})"));
  EXPECT_EQ("The token is malformed", whyClaims(R"({"sub":"7","exp":1700000100,"nbf":"soon"})"));
  EXPECT_EQ("The token is malformed", whyClaims(R"({"sub":"7","exp":1700000100,"iat":"then"})"));
}

TEST_F(TokenVerifierTest, LeewayWidensBothEnds) {
  const TokenVerifier lenient(key_, json_.tables(), 5s);
  EXPECT_TRUE(lenient.verify(sign(kHeader, R"({"sub":"7","exp":1699999996})"), kNow).claims);
  EXPECT_FALSE(lenient.verify(sign(kHeader, R"({"sub":"7","exp":1699999995})"), kNow).claims);
  EXPECT_TRUE(lenient.verify(sign(kHeader, R"({"sub":"7","exp":1700000100,"nbf":1700000005})"), kNow).claims);
  EXPECT_FALSE(lenient.verify(sign(kHeader, R"({"sub":"7","exp":1700000100,"nbf":1700000006})"), kNow).claims);
}

TEST_F(TokenVerifierTest, NeedsASubjectThatIsAUsersNumber) {
  EXPECT_EQ("", whyClaims(R"({"sub":"9223372036854775807","exp":1700000100})"));
  for (const auto* subject : {R"("0")", R"("-7")", R"("+7")", R"("007")", R"("7 ")", R"("")", R"("alice")", "7", "null",
                              R"(["7"])", R"("9223372036854775808")", R"("7\u0000")"}) {
    EXPECT_EQ("The token names no user", whyClaims(R"({"exp":1700000100,"sub":)" + std::string(subject) + "}"))
        << subject;
  }
  EXPECT_EQ("The token names no user", whyClaims(R"({"exp":1700000100})"));
}

TEST_F(TokenVerifierTest, RefusesATokenForSomeoneElse) {
  EXPECT_EQ("The token is meant for another audience", whyClaims(R"({"sub":"7","exp":1700000100,"aud":"other"})"));
}

TEST_F(TokenVerifierTest, TakesNoOtherAlgorithm) {
  for (const auto* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"hs256"})", R"({"alg":"HS512"})",
                             R"({"alg":"RS256"})", R"({"typ":"JWT"})", R"({"alg":null})", R"({"alg":["HS256"]})"}) {
    EXPECT_EQ("The token is not signed with HS256", whyHeader(header)) << header;
  }
  EXPECT_NE("", why(base64Url(R"({"alg":"none"})") + "." + base64Url(R"({"sub":"7","exp":1700000100})") + "."));
}

TEST_F(TokenVerifierTest, ReadsTheRestOfTheHeader) {
  EXPECT_EQ("", whyHeader(R"({"alg":"HS256"})"));
  EXPECT_EQ("", whyHeader(R"({"alg":"HS256","typ":"jwt","kid":"../../etc/passwd","x":1})"));
  EXPECT_EQ("The token is not a JWT", whyHeader(R"({"alg":"HS256","typ":"JOSE"})"));
  EXPECT_EQ("The token is not a JWT", whyHeader(R"({"alg":"HS256","typ":7})"));
  EXPECT_EQ("The token needs an extension that is not supported", whyHeader(R"({"alg":"HS256","crit":["exp"]})"));
  EXPECT_EQ("The token needs an extension that is not supported", whyHeader(R"({"alg":"HS256","crit":[]})"));
}

TEST_F(TokenVerifierTest, TakesNoMemberTwice) {
  EXPECT_EQ("The token is malformed", whyHeader(R"({"alg":"HS256","alg":"none"})"));
  EXPECT_EQ("The token is malformed", whyClaims(R"({"sub":"7","exp":1700000100,"sub":"8"})"));
}

TEST_F(TokenVerifierTest, PartsAreObjects) {
  for (const auto* text : {"", "7", "[]", "null", "\"x\"", "{", "{}x"}) {
    EXPECT_EQ("The token is malformed", whyHeader(text)) << text;
    EXPECT_EQ("The token is malformed", whyClaims(text)) << text;
  }
}

TEST_F(TokenVerifierTest, EveryChangedCharacterIsNoticed) {
  const std::string token = signer_.sign(7, kNow);
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char other : {'A', 'B', '.', '=', '\0', ' '}) {
      if (token[i] == other) continue;
      std::string changed = token;
      changed[i] = other;
      EXPECT_FALSE(verifier_.verify(changed, kNow).claims) << i << " -> " << other;
    }
    EXPECT_FALSE(verifier_.verify(token.substr(0, i), kNow).claims) << i;
  }
  EXPECT_FALSE(verifier_.verify(token + "A", kNow).claims);
  EXPECT_FALSE(verifier_.verify(token + "=", kNow).claims);
  EXPECT_FALSE(verifier_.verify(token + ".", kNow).claims);
  EXPECT_FALSE(verifier_.verify(" " + token, kNow).claims);
}

// 32 bytes leave 2 stray bits in the last of 43 characters: of the 4 spellings of one signature, one is right.
TEST_F(TokenVerifierTest, ASignatureHasOneSpelling) {
  const std::string token = signer_.sign(7, kNow);
  int accepted = 0;
  for (const char last : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/")) {
    std::string changed = token;
    changed.back() = last;
    accepted += verifier_.verify(changed, kNow).claims.has_value();
  }
  EXPECT_EQ(1, accepted);
}

TEST_F(TokenVerifierTest, AnotherSecretIsNoneOfOurs) {
  const TokenKey other("0123456789abcdef0123456789abcdeF");
  EXPECT_EQ("The signature of the token is wrong", why(sign(kHeader, R"({"sub":"7","exp":1700000100})", other)));
}

TEST_F(TokenVerifierTest, HasALongestLength) {
  const auto padded = [&](size_t spaces) {
    return sign(kHeader, R"({"sub":"7","exp":1700000100)" + std::string(spaces, ' ') + "}");
  };
  size_t spaces = 0;
  while (padded(spaces + 1).size() <= kTokenBytesMax) ++spaces;
  EXPECT_EQ("", why(padded(spaces)));
  EXPECT_EQ("The token is too long", why(padded(spaces + 1)));
  EXPECT_EQ("The token is too long", why(std::string(1 << 20, '.')));
}

TEST_F(TokenVerifierTest, NoTokenAtAll) {
  for (const auto* token : {"", ".", "..", "...", "a.b", "a.b.c.d", "x", "\xFF.\xFF.\xFF"}) {
    EXPECT_NE("", why(token)) << token;
  }
}

}  // namespace
}  // namespace kavro::auth
