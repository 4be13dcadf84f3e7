#include "tests/plugins/auth/token_attacks.hpp"

#include <gtest/gtest.h>

#include "plugins/auth/base64_url.hpp"
#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_verifier.hpp"
#include "tests/plugins/auth/json_tables.hpp"
#include "tests/plugins/auth/pem.hpp"

namespace kavro::auth {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef", kOlder = "fedcba9876543210fedcba9876543210";
const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'700'000'000)};

// Whoever is user 1 or above is somebody, so a token that names another is refused here as it is by the table of users.
bool isAccepted(const TokenVerifier& verifier, const std::string& token) {
  const TokenVerifier::Verdict verdict = verifier.verify(token, kNow);
  EXPECT_NE(verdict.claims.has_value(), !verdict.why.empty()) << token;
  return verdict.claims && verdict.claims->userId == 1;
}

void tryAll(const TokenKeys& keys, const std::vector<std::string>& secrets) {
  const JsonTables json;
  const TokenVerifier verifier(keys, json.tables(), std::chrono::milliseconds(0));
  for (const auto& key : keys.all()) {
    const auto attacks = tokenAttacks(*key, secrets, kNow);
    EXPECT_GE(attacks.size(), 500u);
    for (const auto& [name, token] : attacks) EXPECT_FALSE(isAccepted(verifier, token)) << name << "\n" << token;
    for (const auto& [name, token] : unusualTokens(*key, kNow)) EXPECT_TRUE(isAccepted(verifier, token)) << name;
  }
}

TEST(TokenAttacks, AgainstASecret) {
  tryAll(TokenKeys::read("HS256", kSecret, ""), {"", "x", kOlder, HmacKey(kSecret).id(), std::string(32, '\0')});
}

TEST(TokenAttacks, AgainstASecretAndEarlierKeys) {
  const Pem pem;
  const auto key = Ed25519Key::fromPem(pem.privateKey());
  tryAll(TokenKeys::read("HS256", kSecret, kOlder + "\n" + pem.privateKey()),
         {"", pem.publicKey(), key->publicKey(), key->id()});
}

// The public key is known to everybody: as text, as bytes, with and without its last line break.
TEST(TokenAttacks, AgainstAPairOfKeys) {
  const Pem pem;
  const auto key = Ed25519Key::fromPem(pem.publicKey());
  std::string trimmed = pem.publicKey(), jwk = R"({"crv":"Ed25519","kty":"OKP","x":")" + key->publicKey() + "\"}";
  trimmed.pop_back();
  const std::string der = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21" + std::string(1, '\0');
  const std::string bytes = *decodeBase64Url(key->publicKey());
  tryAll(TokenKeys::read("EdDSA", pem.privateKey(), kSecret),
         {"", pem.publicKey(), trimmed, key->publicKey(), jwk, key->id(), bytes, der + bytes});
}

// A key's id does not make another algorithm's signature good, though both keys are known and both signatures are
// right.
TEST(TokenAttacks, AKeyIsNeverUsedWithTheOthersAlgorithm) {
  const Pem pem;
  const TokenKeys keys = TokenKeys::read("EdDSA", pem.privateKey(), kSecret);
  const JsonTables json;
  const TokenVerifier verifier(keys, json.tables(), std::chrono::milliseconds(0));
  const auto& pair = *keys.all()[0];
  const auto& secret = *keys.all()[1];
  const std::string claims = R"({"sub":"1","exp":1700000100})";
  const auto accepted = [&](const TokenKey& signer, std::string_view algorithm, const std::string& kid) {
    const std::string header = R"({"alg":")" + std::string(algorithm) + R"(","kid":")" + kid + "\"}";
    return isAccepted(verifier, signedToken(signer, header, claims));
  };
  for (const TokenKey* signer : {&pair, &secret}) {
    for (const TokenKey* named : {&pair, &secret}) {
      for (const std::string_view algorithm : {"HS256", "EdDSA"}) {
        EXPECT_EQ(signer == named && algorithm == signer->algorithm(), accepted(*signer, algorithm, named->id()))
            << signer->algorithm() << " " << algorithm << " " << named->algorithm();
      }
    }
  }
}

}  // namespace
}  // namespace kavro::auth
