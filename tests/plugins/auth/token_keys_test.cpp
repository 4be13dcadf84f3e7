#include "plugins/auth/token_keys.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <kavro/error.hpp>

#include "plugins/auth/hmac_key.hpp"
#include "tests/plugins/auth/pem.hpp"

namespace kavro::auth {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef", kOlder = "fedcba9876543210fedcba9876543210";

std::string why(std::string_view algorithm, const std::string& secret, const std::string& previous = {}) {
  try {
    TokenKeys::read(algorithm, secret, previous);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(TokenKeys, TheFirstSignsAndAllCheck) {
  const Pem pem, other;
  const TokenKeys keys = TokenKeys::read(
      "HS256", kSecret,
      "\n" + kOlder + "\r\n\n" + pem.privateKey() + "  " + std::string(32, 'a') + "bcdefghi\t" + other.publicKey());
  ASSERT_EQ(5u, keys.all().size());
  EXPECT_EQ(HmacKey(kSecret).id(), keys.current().id());
  EXPECT_EQ(HmacKey(kOlder).id(), keys.all()[1]->id());
  EXPECT_EQ(Ed25519Key::fromPem(pem.publicKey())->id(), keys.all()[2]->id());
  EXPECT_EQ("HS256", keys.all()[3]->algorithm());
  EXPECT_EQ(Ed25519Key::fromPem(other.publicKey())->id(), keys.all()[4]->id());
}

TEST(TokenKeys, OneThatIsThereAlreadyIsNotAddedAgain) {
  EXPECT_EQ(2u, TokenKeys::read("HS256", kSecret, kSecret + " " + kOlder + "\n" + kOlder).all().size());
}

TEST(TokenKeys, RefuseWhatCanBeGuessed) {
  EXPECT_TRUE(contains(why("HS256", std::string(64, '0')), "secret: found 1 different characters in 64"));
  EXPECT_TRUE(contains(why("HS256", "abcabcabcabcabcabcabcabcabcabcabcabc"), "found 3 different"));
  EXPECT_TRUE(contains(why("HS256", "short"), "secret: the secret has 5 bytes"));
  EXPECT_TRUE(contains(why("HS256", kSecret, kOlder + "\nshort"), "previous_secrets: key 2: the secret has 5 bytes"));
  EXPECT_EQ("", why("HS256", "a passphrase of more than 32 letters"));
}

// Whoever knows a public key could sign with it as a secret: the oldest trick against tokens.
TEST(TokenKeys, AKeyInPemIsNoSecret) {
  EXPECT_TRUE(contains(why("HS256", Pem().publicKey()), "found a key in PEM, expected the secret"));
  EXPECT_TRUE(contains(why("HS256", Pem().privateKey()), "found a key in PEM, expected the secret"));
}

TEST(TokenKeys, EdDsaSignsWithAPrivateKey) {
  EXPECT_EQ("", why("EdDSA", Pem().privateKey(), kSecret));
  EXPECT_TRUE(contains(why("EdDSA", kSecret), "found no key in PEM, which token_algorithm = EdDSA needs"));
  EXPECT_TRUE(contains(why("EdDSA", Pem().publicKey()), "found a public key, expected the private one"));
  EXPECT_TRUE(contains(why("EdDSA", Pem().privateKey(), Pem("RSA").publicKey()), "key 1: found a key of RSA"));
  EXPECT_TRUE(contains(why("EdDSA", Pem().privateKey(), "-----BEGIN PUBLIC KEY-----\nMCow"), "no line with its END"));
}

TEST(TokenKeys, HaveALargestNumber) {
  std::string previous;
  for (std::size_t i = 0; i < TokenKeys::kPreviousMax; ++i) previous += kOlder + std::to_string(i) + "\n";
  EXPECT_EQ(TokenKeys::kPreviousMax + 1, TokenKeys::read("HS256", kSecret, previous).all().size());
  EXPECT_TRUE(contains(why("HS256", kSecret, previous + kOlder), "key 17 is one too many"));
}

TEST(TokenKeys, NoErrorHasAPieceOfAKey) {
  const std::string pem = Pem("X25519").privateKey();
  const std::string body = pem.substr(pem.find('\n') + 1, 20);
  for (const std::string& text : {why("EdDSA", pem), why("HS256", pem), why("HS256", kSecret, "hunter22 " + pem)}) {
    EXPECT_NE("", text);
    EXPECT_FALSE(contains(text, body) || contains(text, "hunter22")) << text;
  }
}

TEST(TokenKeys, OnlyPublicKeysAreShown) {
  EXPECT_EQ("", TokenKeys::read("HS256", kSecret, kOlder).publicKeySet());
  const Pem current, previous;
  const TokenKeys keys = TokenKeys::read("EdDSA", current.privateKey(), kSecret + "\n" + previous.publicKey());
  simdjson::dom::parser parser;
  const std::string text = keys.publicKeySet();
  const simdjson::dom::array set = parser.parse(text)["keys"].get_array();
  ASSERT_EQ(2u, set.size());
  const auto first = Ed25519Key::fromPem(current.publicKey());
  EXPECT_EQ(R"({"kty":"OKP","crv":"Ed25519","x":")" + first->publicKey() + R"(","use":"sig","alg":"EdDSA","kid":")" +
                first->id() + R"("})",
            simdjson::minify(set.at(0)));
  EXPECT_EQ(std::string::npos, text.find("\"d\"")) << "the private key";
  EXPECT_EQ(std::string::npos, text.find(HmacKey(kSecret).id()));
}

}  // namespace
}  // namespace kavro::auth
