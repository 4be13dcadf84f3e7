#include "sealed_message.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace kavro::demo_client {
namespace {

const std::string kText = "Grüße von PyNaCl";

// Made with PyNaCl 1.5: Box(ephemeral, bob.public_key).encrypt(text, nonce=bytes(range(24))).
constexpr const char* kBobPrivate = "81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9";
const SealedMessage kFromPyNaCl = {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX52IrhX6dMTfbLxiFtQ9Ily9CiDBQshZDwjejKihz4nnbFQ==",
                                   "e29d7521911498b837ed692d12a81587898e0ac3f6208eac1069bca82fb6b633"};

TEST(SealedMessage, IsReadByItsRecipient) {
  const KeyPair bob = KeyPair::generate();
  for (const std::string& text : {std::string(), kText, std::string("a\0b", 3), std::string(100'000, 'x')}) {
    EXPECT_EQ(open(seal(text, bob.publicKey()), bob), text);
  }
}

TEST(SealedMessage, OpensWhatPyNaClSealed) {
  EXPECT_EQ(open(kFromPyNaCl, KeyPair::fromPrivateHex(kBobPrivate).value()), kText);
}

TEST(SealedMessage, HoldsNonceAndAuthenticatorAndNotTheText) {
  const SealedMessage message = seal(kText, KeyPair::generate().publicKey());
  const std::size_t bytes = 24 + 16 + kText.size();
  EXPECT_EQ(message.ciphertext.size(), (bytes + 2) / 3 * 4);
  EXPECT_EQ(message.ephemeral_pubkey.size(), 64U);
  EXPECT_EQ(message.ciphertext.find("PyNaCl"), std::string::npos);
}

TEST(SealedMessage, HasItsOwnKeyAndNonceEachTime) {
  const KeyPair bob = KeyPair::generate();
  const SealedMessage first = seal(kText, bob.publicKey());
  const SealedMessage second = seal(kText, bob.publicKey());
  EXPECT_NE(first.ephemeral_pubkey, second.ephemeral_pubkey);
  EXPECT_NE(first.ciphertext.substr(0, 32), second.ciphertext.substr(0, 32));
}

TEST(SealedMessage, IsNotReadByAnybodyElse) {
  EXPECT_FALSE(open(seal(kText, KeyPair::generate().publicKey()), KeyPair::generate()));
}

TEST(SealedMessage, ShowsEveryChange) {
  const KeyPair bob = KeyPair::fromPrivateHex(kBobPrivate).value();
  const std::size_t padding = kFromPyNaCl.ciphertext.find('=');
  for (std::size_t place = 0; place + 1 < padding; ++place) {
    SealedMessage changed = kFromPyNaCl;
    changed.ciphertext[place] = changed.ciphertext[place] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open(changed, bob)) << place;
  }
  SealedMessage changed = kFromPyNaCl;
  changed.ephemeral_pubkey[0] = 'f';
  EXPECT_FALSE(open(changed, bob));
}

TEST(SealedMessage, RefusesWhatIsMalformed) {
  const KeyPair bob = KeyPair::fromPrivateHex(kBobPrivate).value();
  for (const std::string ciphertext : {"", "AAAA", "not base64!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}) {
    EXPECT_FALSE(open({ciphertext, kFromPyNaCl.ephemeral_pubkey}, bob)) << ciphertext;
  }
  EXPECT_FALSE(open({kFromPyNaCl.ciphertext, "e29d"}, bob));
}

TEST(SealedMessage, IsNotMadeForAKeyOfSmallOrder) {
  EXPECT_EQ(testing::failureOf([] { seal(kText, PublicKey{}); }),
            "the recipient's key " + std::string(64, '0') + " is not a usable X25519 key; nothing was encrypted");
}

}  // namespace
}  // namespace kavro::demo_client
