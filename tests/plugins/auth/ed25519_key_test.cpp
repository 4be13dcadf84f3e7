#include "plugins/auth/ed25519_key.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include <kavro/error.hpp>

#include "plugins/auth/base64_url.hpp"
#include "tests/plugins/auth/pem.hpp"

namespace kavro::auth {
namespace {

std::string why(const std::string& pem) {
  try {
    Ed25519Key::fromPem(pem);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// RFC 8037 appendix A: the key of A.1, its public key, A.3's thumbprint, A.4's signature.
TEST(Ed25519Key, IsThatOfRfc8037) {
  const auto key =
      Ed25519Key::fromPem(Pem::ofSeed(*decodeBase64Url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")).privateKey());
  EXPECT_TRUE(key->canSign());
  EXPECT_EQ("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", key->publicKey());
  EXPECT_EQ("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", key->id());
  const std::string text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  EXPECT_EQ("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            encodeBase64Url(key->sign(text)));
  EXPECT_TRUE(key->verifies(text, key->sign(text)));
}

TEST(Ed25519Key, APublicKeyChecksAndDoesNotSign) {
  const Pem pem;
  const auto pair = Ed25519Key::fromPem(pem.privateKey()), open = Ed25519Key::fromPem(pem.publicKey());
  EXPECT_FALSE(open->canSign());
  EXPECT_EQ(pair->id(), open->id());
  const std::string signature = pair->sign("text");
  EXPECT_TRUE(open->verifies("text", signature));
  EXPECT_FALSE(open->verifies("Text", signature));
  EXPECT_FALSE(open->verifies("text", signature.substr(0, 63)));
  EXPECT_FALSE(open->verifies("text", signature + "x"));
  EXPECT_THROW(open->sign("text"), std::logic_error);
  EXPECT_FALSE(Ed25519Key::fromPem(Pem().publicKey())->verifies("text", signature));
}

TEST(Ed25519Key, SaysWhatElseItFound) {
  EXPECT_EQ("", why(Pem().privateKey()));
  EXPECT_TRUE(contains(why(Pem("X25519").privateKey()), "found a key of X25519, expected one of Ed25519"));
  EXPECT_TRUE(contains(why(Pem("RSA").publicKey()), "found a key of RSA, expected one of Ed25519"));
  EXPECT_TRUE(contains(why(Pem("EC").privateKey()), "found a key of EC"));
  EXPECT_TRUE(contains(why(Pem().privateKey("a password")), "is encrypted with a password"));
  std::string cut = Pem().privateKey();
  cut.erase(cut.size() / 2, 8);
  EXPECT_TRUE(contains(why(cut), "found no key that can be read"));
  EXPECT_TRUE(contains(why(""), "make one with: openssl genpkey -algorithm ed25519"));
}

// With a public key of small order anything is signed. libsodium takes none; this is that it stays so.
TEST(Ed25519Key, APublicKeyOfSmallOrderChecksNothing) {
  std::string identity(32, '\0'), signature(64, '\0');
  identity[0] = signature[0] = 1;  // R = A = the identity, S = 0: S*B = R + h*A
  EXPECT_FALSE(Ed25519Key::fromPublicKey(identity)->verifies("text", signature));
}

}  // namespace
}  // namespace kavro::auth
