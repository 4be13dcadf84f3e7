// The HS256 part of Project Wycheproof's json_web_signature_test.json, from $KAVRO_VECTORS or ../shared/vectors beside
// the checkout.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "plugins/auth/token_verifier.hpp"
#include "tests/plugins/auth/json_tables.hpp"

namespace kavro::auth {
namespace {

std::filesystem::path vectors() {
  const char* folder = std::getenv("KAVRO_VECTORS");
  const auto base =
      folder ? std::filesystem::path(folder) : std::filesystem::path(KAVRO_TEST_SOURCE) / ".." / "shared" / "vectors";
  return base / "wycheproof" / "json_web_signature_test.json";
}

std::string decode(std::string_view text) {
  std::string out(text.size(), '\0');
  size_t size = 0;
  sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &size,
                    nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return out.substr(0, size);
}

TEST(TokenVectors, WycheproofHs256) {
  if (!std::filesystem::exists(vectors())) {
    GTEST_SKIP() << vectors() << " is not there; set KAVRO_VECTORS to the folder that holds wycheproof/";
  }
  // Two that Wycheproof lets pass carry a "?" in their base64url; RFC 7515 appendix C has no such letter. And two of
  // its invalid ones were to have padding, which the file lost: they are, letter for letter, the valid test 357.
  const std::set<int64_t> kStricter{372, 373};
  const std::set<int64_t> kSameAsValid{367, 370};

  const JsonTables json;
  simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(vectors().string());
  size_t valid = 0, forged = 0;
  for (const auto group : file["testGroups"].get_array()) {
    std::string_view algorithm, secret;
    if (group["private"]["alg"].get(algorithm) != simdjson::SUCCESS || algorithm != "HS256") continue;
    ASSERT_EQ(simdjson::SUCCESS, group["private"]["k"].get(secret));
    const TokenKey key(decode(secret));
    const TokenVerifier verifier(key, json.tables(), {});
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
}

}  // namespace
}  // namespace kavro::auth
