#include "plugins/auth/password_hasher.hpp"

#include <crypt.h>
#include <gtest/gtest.h>
#include <sodium.h>

namespace kavro::auth {
namespace {

// Cheap, so that the tests are quick.
constexpr PasswordHasher::Cost kCheap{.passes = 1, .memoryBytes = 64 * 1024, .importedCost = 0};
constexpr PasswordHasher::Cost kDearer{.passes = 2, .memoryBytes = 64 * 1024, .importedCost = 0};

PasswordHasher ready(PasswordHasher::Cost cost) {
  if (sodium_init() < 0) throw std::runtime_error("sodium_init");
  PasswordHasher hasher(cost);
  hasher.prepare();
  return hasher;
}

TEST(PasswordHasher, MakesArgon2idWithTheCostAndASalt) {
  const PasswordHasher hasher = ready(kCheap);
  const std::string hash = hasher.hash("Correct-9");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
  EXPECT_NE(hash, hasher.hash("Correct-9"));
}

TEST(PasswordHasher, DefaultCostIsNineteenMebibytesTwoPasses) {
  const PasswordHasher hasher = ready({});
  EXPECT_TRUE(hasher.hash("Correct-9").starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST(PasswordHasher, TellsRightFromWrong) {
  const PasswordHasher hasher = ready(kCheap);
  const std::string hash = hasher.hash("Correct-9");
  EXPECT_TRUE(hasher.evaluate(hash, "Correct-9").right);
  EXPECT_TRUE(hasher.evaluate(hash, "Correct-9").newHash.empty());
  EXPECT_FALSE(hasher.evaluate(hash, "Correct-8").right);
  EXPECT_FALSE(hasher.evaluate(hash, "").right);
  EXPECT_FALSE(hasher.evaluate(hash, std::string("Correct-9\0", 10)).right);
}

TEST(PasswordHasher, NobodyIsAlwaysWrong) {
  const PasswordHasher hasher = ready(kCheap);
  EXPECT_FALSE(hasher.evaluate(std::nullopt, "Correct-9").right);
  EXPECT_FALSE(hasher.evaluate(std::nullopt, "").right);
  EXPECT_FALSE(hasher.evaluate(std::string("no hash at all"), "no hash at all").right);
  EXPECT_FALSE(hasher.evaluate(std::string(), "").right);
}

TEST(PasswordHasher, RenewsAHashOfAnotherCost) {
  const std::string old = ready(kCheap).hash("Correct-9");
  const PasswordHasher hasher = ready(kDearer);
  const auto evaluation = hasher.evaluate(old, "Correct-9");
  EXPECT_TRUE(evaluation.right);
  EXPECT_TRUE(evaluation.newHash.starts_with("$argon2id$v=19$m=64,t=2,p=1$"));
  EXPECT_TRUE(hasher.evaluate(evaluation.newHash, "Correct-9").right);
  EXPECT_TRUE(hasher.evaluate(old, "wrong").newHash.empty());
}

TEST(PasswordHasher, TakesEverySpellingOfTheSameText) {
  const PasswordHasher hasher = ready(kCheap);
  const std::string composed = "Caf\u00e9-Noir-9", apart = "Cafe\u0301-Noir-9";
  for (const auto& [registered, typed] :
       {std::pair(composed, apart), std::pair(apart, composed), std::pair(apart, apart)}) {
    const auto evaluation = hasher.evaluate(hasher.hash(registered), typed);
    EXPECT_TRUE(evaluation.right);
    EXPECT_TRUE(evaluation.newHash.empty());
  }
  EXPECT_FALSE(hasher.evaluate(hasher.hash(composed), "Cafe-Noir-9").right);
  EXPECT_FALSE(hasher.evaluate(std::nullopt, apart).right);
}

// A hash of before there was a normal form: libsodium's, of the bytes as they came.
TEST(PasswordHasher, AHashOfTheBytesAsTheyCameIsStillGoodAndRenewed) {
  const PasswordHasher hasher = ready(kCheap);
  const std::string composed = "Caf\u00e9-Noir-9", apart = "Cafe\u0301-Noir-9";
  char old[crypto_pwhash_STRBYTES];
  ASSERT_EQ(0, crypto_pwhash_str_alg(old, apart.data(), apart.size(), kCheap.passes, kCheap.memoryBytes,
                                     crypto_pwhash_ALG_ARGON2ID13));
  const auto evaluation = hasher.evaluate(std::string(old), apart);
  EXPECT_TRUE(evaluation.right);
  EXPECT_TRUE(hasher.evaluate(evaluation.newHash, composed).right);
  EXPECT_TRUE(hasher.evaluate(evaluation.newHash, composed).newHash.empty());
  EXPECT_FALSE(hasher.evaluate(std::string(old), composed).right) << "that text was never hashed";
}

// 1,024 characters are hashed to the last byte.
TEST(PasswordHasher, CutsNothing) {
  const PasswordHasher hasher = ready(kCheap);
  for (const std::string& one :
       {std::string("x"), std::string("\u20ac"), std::string("\U0001F600"), std::string(1, '\0')}) {
    std::string password;
    for (int i = 0; i < 1023; ++i) password += one;
    const std::string hash = hasher.hash(password + "a");
    EXPECT_TRUE(hasher.evaluate(hash, password + "a").right);
    EXPECT_FALSE(hasher.evaluate(hash, password + "b").right);
    EXPECT_FALSE(hasher.evaluate(hash, password).right);
    EXPECT_FALSE(hasher.evaluate(hash, password + "aa").right);
  }
}

// Known answers: the first from the published tests of crypt_blowfish, the others made with Python's crypt module.
constexpr const char* kKnown = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
constexpr const char* kImported = "$2b$04$abcdefghijklmnopqrstuu3Ueg3/JTqjz5Guha2TxzClUWi0nUZVS";
constexpr const char* kImported2y = "$2y$04$abcdefghijklmnopqrstuu3Ueg3/JTqjz5Guha2TxzClUWi0nUZVS";
constexpr const char* kSeventyOne = "$2b$04$abcdefghijklmnopqrstuuMCu.k1vM/ywQwiONaEn3oEMlZoCVBd6";
constexpr const char* kSeventyTwo = "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe";

TEST(PasswordHasher, VerifiesImportedBcryptAndRenewsIt) {
  const PasswordHasher hasher = ready(kCheap);
  EXPECT_TRUE(hasher.evaluate(std::string(kKnown), "U*U").right);
  EXPECT_TRUE(hasher.evaluate(std::string(kImported2y), "Imported-1").right);
  const auto evaluation = hasher.evaluate(std::string(kImported), "Imported-1");
  EXPECT_TRUE(evaluation.right);
  EXPECT_TRUE(evaluation.newHash.starts_with("$argon2id$"));
  EXPECT_TRUE(hasher.evaluate(evaluation.newHash, "Imported-1").right);

  const auto wrong = hasher.evaluate(std::string(kImported), "Imported-2");
  EXPECT_FALSE(wrong.right);
  EXPECT_TRUE(wrong.newHash.empty());
}

TEST(PasswordHasher, CutsForBcryptWhereTheOldServiceCut) {
  const PasswordHasher hasher = ready(kCheap);
  EXPECT_TRUE(hasher.evaluate(std::string(kSeventyTwo), std::string(72, 'a')).right);
  EXPECT_TRUE(hasher.evaluate(std::string(kSeventyTwo), std::string(100, 'a')).right);
  EXPECT_FALSE(hasher.evaluate(std::string(kSeventyTwo), std::string(71, 'a')).right);
  // A character that begins in byte 72 and ends in byte 73 is left out as a whole.
  EXPECT_TRUE(hasher.evaluate(std::string(kSeventyOne), std::string(71, 'a') + "\u00e9tail").right);
  EXPECT_FALSE(hasher.evaluate(std::string(kSeventyTwo), std::string(71, 'a') + "\u00e9tail").right);
}

// bcrypt is of the bytes as they come, as that service had it: its passwords were never normalised.
TEST(PasswordHasher, BcryptIsOfTheBytesAsTheyCome) {
  const PasswordHasher hasher = ready(kCheap);
  const std::string composed = "Caf\u00e9-Noir-9", apart = "Cafe\u0301-Noir-9";
  crypt_data room{};
  const std::string imported = crypt_r(apart.c_str(), "$2b$04$abcdefghijklmnopqrstuu", &room);
  EXPECT_FALSE(hasher.evaluate(imported, composed).right);
  const auto evaluation = hasher.evaluate(imported, apart);
  EXPECT_TRUE(evaluation.right);
  EXPECT_TRUE(hasher.evaluate(evaluation.newHash, composed).right) << "its new hash is of the normal form";
}

TEST(PasswordHasher, ANulDoesNotEndABcryptPassword) {
  const PasswordHasher hasher = ready(kCheap);
  EXPECT_FALSE(hasher.evaluate(std::string(kImported), std::string("Imported-1\0", 11)).right);
  EXPECT_FALSE(hasher.evaluate(std::string(kImported), std::string("Imported-1\0x", 12)).right);
}

TEST(PasswordHasher, RefusesBrokenBcryptHashes) {
  const PasswordHasher hasher = ready(kCheap);
  EXPECT_FALSE(hasher.evaluate(std::string("$2b$"), "").right);
  EXPECT_FALSE(hasher.evaluate(std::string("$2b$99$abcdefghijklmnopqrstuu"), "*0").right);
  EXPECT_FALSE(hasher.evaluate(std::string(kImported).substr(0, 40), "Imported-1").right);
}

TEST(PasswordHasher, WithImportedAccountsEveryoneIsStillJudgedByTheirOwnHash) {
  PasswordHasher::Cost cost = kCheap;
  cost.importedCost = 4;
  const PasswordHasher hasher = ready(cost);
  const std::string own = hasher.hash("Correct-9");
  EXPECT_TRUE(hasher.evaluate(own, "Correct-9").right);
  EXPECT_FALSE(hasher.evaluate(own, "Correct-8").right);
  EXPECT_TRUE(hasher.evaluate(std::string(kImported), "Imported-1").right);
  EXPECT_FALSE(hasher.evaluate(std::string(kImported), "Imported-2").right);
  EXPECT_FALSE(hasher.evaluate(std::nullopt, "Imported-1").right);
}

}  // namespace
}  // namespace kavro::auth
