// Project Wycheproof's json_web_signature_test.json and ed25519_test.json, from $KAVRO_VECTORS or ../shared/vectors
// beside the checkout.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "plugins/auth/base64_url.hpp"
#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_verifier.hpp"
#include "tests/plugins/auth/json_tables.hpp"
#include "tests/plugins/auth/pem.hpp"

namespace kavro::auth {
namespace {

std::filesystem::path vectors() {
  const char* folder = std::getenv("KAVRO_VECTORS");
  const auto base =
      folder ? std::filesystem::path(folder) : std::filesystem::path(KAVRO_TEST_SOURCE) / ".." / "shared" / "vectors";
  return base / "wycheproof" / "json_web_signature_test.json";
}

// A key whose id is that of the vectors, not the one that is made from it.
class NamedKey : public TokenKey {
 public:
  NamedKey(const std::string& secret, std::string_view id) : TokenKey("HS256"), key_(secret) { setId(std::string(id)); }
  std::string sign(std::string_view text) const override { return key_.sign(text); }
  bool verifies(std::string_view text, std::string_view signature) const override {
    return key_.verifies(text, signature);
  }

 private:
  HmacKey key_;
};

std::string decodeHex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, nullptr,
                 nullptr);
  return out;
}

TEST(TokenVectors, WycheproofHs256) {
  if (!std::filesystem::exists(vectors())) {
    GTEST_SKIP() << vectors() << " is not there; set KAVRO_VECTORS to the folder that holds wycheproof/";
  }
  // Two that Wycheproof lets pass carry a "?" in their base64url; RFC 7515 appendix C has no such letter. And two of
  // its invalid ones were to have padding, which the file lost: they are, letter for letter, the valid test 357.
  const std::set<int64_t> kStricter{372, 373};
  const std::set<int64_t> kSameAsValid{367, 370};

  // Of every other algorithm all are refused, with whichever of our keys.
  const TokenKeys ours = TokenKeys::read("EdDSA", Pem().privateKey(), "0123456789abcdef0123456789abcdef");
  const JsonTables json;
  const TokenVerifier others(ours, json.tables(), {});
  simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(vectors().string());
  size_t valid = 0, forged = 0, foreign = 0;
  for (const auto group : file["testGroups"].get_array()) {
    std::string_view algorithm, secret;
    if (group["private"]["alg"].get(algorithm) != simdjson::SUCCESS || algorithm != "HS256") {
      for (const auto test : group["tests"].get_array()) {
        std::string payload;
        EXPECT_FALSE(others.open(std::string_view(test["jws"]), payload).empty()) << int64_t(test["tcId"]);
        ++foreign;
      }
      continue;
    }
    ASSERT_EQ(simdjson::SUCCESS, group["private"]["k"].get(secret));
    const TokenKeys keys(std::make_unique<NamedKey>(*decodeBase64Url(secret), group["private"]["kid"]));
    const TokenVerifier verifier(keys, json.tables(), {});
    for (const auto test : group["tests"].get_array()) {
      const int64_t id = test["tcId"];
      const std::string_view token = test["jws"], result = test["result"], comment = test["comment"];
      const bool expected = (result == "valid" && !kStricter.contains(id)) || kSameAsValid.contains(id);
      std::string payload;
      EXPECT_EQ(expected, verifier.open(token, payload).empty()) << id << " " << comment;
      ++(expected ? valid : forged);
    }
  }
  EXPECT_EQ(10u, valid);
  EXPECT_EQ(30u, forged);
  EXPECT_EQ(361u, foreign);
}

// Ed25519 itself: what is a signature and what is not, all 151.
TEST(TokenVectors, WycheproofEd25519) {
  const auto path = vectors().parent_path() / "ed25519_test.json";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << path << " is not there; set KAVRO_VECTORS to the folder that holds wycheproof/";
  }
  simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(path.string());
  size_t count = 0;
  for (const auto group : file["testGroups"].get_array()) {
    const auto key = Ed25519Key::fromPublicKey(decodeHex(group["publicKey"]["pk"]));
    EXPECT_EQ(key->id(), Ed25519Key::fromPem(std::string_view(group["publicKeyPem"]))->id());
    for (const auto test : group["tests"].get_array()) {
      const bool valid = std::string_view(test["result"]) == "valid";
      EXPECT_EQ(valid, key->verifies(decodeHex(test["msg"]), decodeHex(test["sig"]))) << int64_t(test["tcId"]);
      ++count;
    }
  }
  EXPECT_EQ(151u, count);
}

}  // namespace
}  // namespace kavro::auth
