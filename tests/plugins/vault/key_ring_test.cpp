#include "plugins/vault/key_ring.hpp"

#include <gtest/gtest.h>

#include "plugins/vault/base64url.hpp"

namespace kavro::vault {
namespace {

// Not secrets: 32 equal bytes.
std::string keyText(char byte) { return encodeBase64Url(std::string(32, byte)); }

std::string refusal(const std::string& keys, std::optional<std::string_view> derive_from = {}) {
  try {
    KeyRing::read(keys, derive_from);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

TEST(KeyRing, TheFirstKeyEncryptsAndAllDecrypt) {
  const KeyRing before = KeyRing::read(keyText('o'), {});
  const KeyRing rotated = KeyRing::read(keyText('n') + "\n" + keyText('o') + "\n", {});
  const KeyRing after = KeyRing::read(keyText('n'), {});
  const std::string old_token = before.encrypt("old"), new_token = rotated.encrypt("new");
  EXPECT_EQ("old", rotated.decrypt(old_token));
  EXPECT_EQ("new", rotated.decrypt(new_token));
  EXPECT_EQ("new", after.decrypt(new_token));
  EXPECT_FALSE(after.decrypt(old_token));
  EXPECT_FALSE(before.decrypt(new_token));
}

TEST(KeyRing, TakesKeysSeparatedByBlanksAndLines) {
  const std::string keys = "\r\n  " + keyText('a') + " " + keyText('b') + "\t\r\n\n" + keyText('c') + "  \n";
  EXPECT_EQ(3u, KeyRing::read(keys, {}).size());
}

// The Python service's get_encryption_key: urlsafe_b64encode(sha256(SECRET_KEY)). The key was computed with
//   printf %s 'change me' | openssl dgst -sha256 -binary | base64 | tr '+/' '-_'
TEST(KeyRing, DerivesTheKeyOfThePythonService) {
  const KeyRing python = KeyRing::read("", "change me");
  const KeyRing same = KeyRing::read("ZLoAnM6sSrizyHeuG2sBDo_FoVq1ZyOOOmEHzU3-FH0=", {});
  EXPECT_EQ("from Python", python.decrypt(same.encrypt("from Python")));
  EXPECT_EQ("to Python", same.decrypt(python.encrypt("to Python")));
}

TEST(KeyRing, ADerivedKeyBesideOthersOnlyDecrypts) {
  const KeyRing python = KeyRing::read("", "change me");
  const KeyRing both = KeyRing::read(keyText('n'), "change me");
  EXPECT_EQ(2u, both.size());
  EXPECT_EQ("stored", both.decrypt(python.encrypt("stored")));
  EXPECT_FALSE(python.decrypt(both.encrypt("stored")));
}

TEST(KeyRing, RefusesToBeWithoutAKey) {
  for (const std::string& keys : {std::string(), std::string(" \n\t")}) {
    EXPECT_NE(std::string::npos, refusal(keys).find("no key: set keys_file")) << refusal(keys);
    EXPECT_NE(std::string::npos, refusal(keys).find("base64 | tr '+/' '-_'"));
  }
}

TEST(KeyRing, SaysWhichKeyIsNoneWithoutShowingIt) {
  const std::string wrong[] = {
      "c2VjcmV0",                             // too short
      encodeBase64Url(std::string(33, 's')),  // too long
      keyText('s').substr(0, 43),             // without padding
      keyText('s').substr(0, 42) + "==",      // 31 bytes
      keyText('s') + keyText('s'),            // two in one
      "/+" + keyText('s').substr(2),          // plain base64
  };
  for (const std::string& text : wrong) {
    const std::string why = refusal(keyText('a') + "\n" + text);
    EXPECT_TRUE(why.starts_with("keys: key 2 is no Fernet key: found " + std::to_string(text.size()))) << why;
    EXPECT_EQ(std::string::npos, why.find(text)) << why;
    EXPECT_EQ(std::string::npos, why.find(text.substr(0, 6))) << why;
  }
}

TEST(KeyRing, BoundsTheNumberOfKeys) {
  std::string keys;
  for (size_t i = 0; i < KeyRing::kKeysMax; ++i) keys += keyText(static_cast<char>('0' + i)) + "\n";
  EXPECT_EQ(KeyRing::kKeysMax, KeyRing::read(keys, {}).size());
  EXPECT_NE(std::string::npos, refusal(keys + keyText('z')).find("key 65 is one too many"))
      << refusal(keys + keyText('z'));
}

TEST(KeyRing, RefusesATokenThatIsNotTheOneTextOfItsBytes) {
  const KeyRing ring = KeyRing::read(keyText('a'), {});
  const std::string token = ring.encrypt("sixteen bytes...");
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', '-', '=', ' ', '\0'}) {
      std::string changed = token;
      if (changed[i] == c) continue;
      changed[i] = c;
      EXPECT_FALSE(ring.decrypt(changed)) << i;
    }
  }
  EXPECT_FALSE(ring.decrypt(token + "\n"));
  EXPECT_FALSE(ring.decrypt(" " + token));
  EXPECT_FALSE(ring.decrypt(""));
  EXPECT_FALSE(ring.decrypt("never encrypted"));
}

}  // namespace
}  // namespace kavro::vault
