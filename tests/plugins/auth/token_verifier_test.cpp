#include "plugins/auth/token_verifier.hpp"

#include <gtest/gtest.h>

#include "plugins/auth/base64_url.hpp"
#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_signer.hpp"
#include "tests/plugins/auth/json_tables.hpp"
#include "tests/plugins/auth/pem.hpp"
#include "tests/plugins/auth/token_attacks.hpp"

namespace kavro::auth {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
const Time kNow{std::chrono::seconds(1'700'000'000)};

class TokenVerifierTest : public ::testing::Test {
 protected:
  // Signs whatever it is given, so that only the content of a token is to be found fault with.
  std::string sign(std::string_view header, std::string_view claims) { return signedToken(key_, header, claims); }

  std::string why(std::string_view token, Time now = kNow) {
    const auto verdict = verifier_.verify(token, now);
    EXPECT_NE(verdict.claims.has_value(), !verdict.why.empty());
    return std::string(verdict.why);
  }
  std::string whyHeader(std::string_view header) { return why(sign(header, R"({"sub":"7","exp":1700000100})")); }
  std::string whyClaims(std::string_view claims) { return why(sign(kHeader, claims)); }

  JsonTables json_;
  const TokenKeys keys_{std::make_unique<HmacKey>("0123456789abcdef0123456789abcdef")};
  const TokenKey& key_ = keys_.current();
  TokenSigner signer_{key_, 24h};
  TokenVerifier verifier_{keys_, json_.tables(), 0s};
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
  const TokenVerifier lenient(keys_, json_.tables(), 5s);
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
    EXPECT_EQ("The token is signed with an algorithm that is not accepted", whyHeader(header)) << header;
  }
  EXPECT_NE("",
            why(encodeBase64Url(R"({"alg":"none"})") + "." + encodeBase64Url(R"({"sub":"7","exp":1700000100})") + "."));
}

TEST_F(TokenVerifierTest, ReadsTheRestOfTheHeader) {
  EXPECT_EQ("", whyHeader(R"({"alg":"HS256"})"));
  EXPECT_EQ("", whyHeader(R"({"alg":"HS256","typ":"jwt","x":1})"));
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

TEST_F(TokenVerifierTest, AClockThatWasSetBackLogsNobodyOut) {
  EXPECT_EQ("", whyClaims(R"({"sub":"7","exp":1800000000,"iat":1700003600})"));
}

// The middle token is of before there were ids, or of another service that has the secret.
TEST_F(TokenVerifierTest, EarlierKeysCheckWithAndWithoutTheirId) {
  const Pem pem;
  const std::string secret = "0123456789abcdef0123456789abcdef";
  const TokenKeys rotated = TokenKeys::read("EdDSA", pem.privateKey(), "fedcba9876543210fedcba9876543210 " + secret);
  const TokenVerifier verifier(rotated, json_.tables(), 0s);
  const std::string claims = R"({"sub":"7","exp":1700000100})";
  const TokenSigner current(rotated.current(), 24h);
  for (const std::string& token :
       {signer_.sign(7, kNow), signedToken(key_, R"({"alg":"HS256"})", claims), current.sign(7, kNow),
        signedToken(rotated.current(), R"({"alg":"EdDSA"})", claims)}) {
    EXPECT_EQ("", verifier.verify(token, kNow).why) << token;
  }
  EXPECT_EQ("The token is signed with an algorithm that is not accepted", why(current.sign(7, kNow)));
}

TEST_F(TokenVerifierTest, DemandsTheIssuerAndTheAudienceThatAreSet) {
  const TokenParties parties{.issuer = "https://kavro.example", .audience = "clients"};
  const TokenVerifier strict(keys_, json_.tables(), 0s, parties);
  EXPECT_EQ("", strict.verify(TokenSigner(key_, 24h, parties).sign(7, kNow), kNow).why);
  const auto whyStrict = [&](const std::string& members) {
    return std::string(strict.verify(sign(kHeader, R"({"sub":"7","exp":1700000100)" + members + "}"), kNow).why);
  };
  const std::string issuer = R"(,"iss":"https://kavro.example")", audience = R"(,"aud":"clients")";
  EXPECT_EQ("", whyStrict(issuer + audience));
  EXPECT_EQ("", whyStrict(issuer + R"(,"aud":["others","clients"])"));
  for (const std::string other : {"", R"(,"iss":"https://kavro.example/")", R"(,"iss":"HTTPS://kavro.example")",
                                  R"(,"iss":["https://kavro.example"])", R"(,"iss":null)", R"(,"iss":7)"}) {
    EXPECT_EQ("The token is from another issuer", whyStrict(other + audience)) << other;
  }
  for (const std::string other : {"", R"(,"aud":"client")", R"(,"aud":"clientsx")", R"(,"aud":[])", R"(,"aud":["x",7])",
                                  R"(,"aud":{"clients":1})", R"(,"aud":null)", R"(,"aud":[["clients"]])"}) {
    EXPECT_EQ("The token is meant for another audience", whyStrict(issuer + other)) << other;
  }
}

TEST_F(TokenVerifierTest, AnotherSecretIsNoneOfOurs) {
  const HmacKey other("0123456789abcdef0123456789abcdeF");
  const std::string claims = R"({"sub":"7","exp":1700000100})";
  EXPECT_EQ("The signature of the token is wrong", why(signedToken(other, kHeader, claims)));
  EXPECT_EQ("The token is signed with a key that is not known", why(TokenSigner(other, 24h).sign(7, kNow)));
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
