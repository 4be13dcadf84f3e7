#include "plugins/auth/common_passwords.hpp"

#include <gtest/gtest.h>

#include "plugins/auth/password_text.hpp"

namespace kavro::auth {
namespace {

bool isCommon(std::string_view password) { return isCommonPassword(foldedPassword(password)); }
bool isMadeOf(std::string_view password, std::string_view name) {
  return isMadeOfName(foldedPassword(password), foldedPassword(name));
}

// Those that satisfy the usual rule of four kinds of characters, which is what the rule makes people choose.
TEST(CommonPasswords, AreFound) {
  for (const auto* password :
       {"password",        "Password1!",        "P@ssw0rd",        "P@$$w0rd",   "Passw0rd!",
        "pa55w0rd",        "PASSWORD123!",      "Password2024!",   "Password-1", "1Password!",
        "!Password1",      "Pass@123",          "Pass1234!",       "Welcome1!",  "Welcome@2024",
        "W3lcome1!",       "Admin@123",         "@dmin123",        "Admin1234!", "Administrator1!",
        "Qwerty123!",      "Qwerty1!",          "qwertyuiop",      "Qwertz123!", "1qaz2wsx",
        "1qaz@WSX",        "!QAZ2wsx",          "Zaq12wsx!",       "Qwer1234!",  "1q2w3e4r",
        "!Q@W3e4r",        "Abc123!@#",         "Abcd1234!",       "Aa123456!",  "Aa@123456",
        "A1b2c3d4!",       "Test1234!",         "Test@123",        "Hello123!",  "H3ll0!23",
        "Iloveyou1!",      "I-love-you1",       "Letmein1!",       "L3tm31n!",   "Monkey123!",
        "Dragon1!",        "Summer2026!",       "Winter-24",       "Monday01!",  "October2025!",
        "Football1!",      "Baseball99!",       "Superman1!",      "Trustno1!",  "Changeme1!",
        "Ch@ngeme1",       "Secret123!",        "Kavro123!",       "12345678",   "123456789",
        "1234567890",      "87654321",          "00000000",        "aaaaaaaa",   "11111111!!",
        "Aa1!Aa1!",        "abababab",          "!@#$%^&*()",      "1111!!!!",   "Password1234567890",
        "Shadow777777777", "P A S S W O R D 1", "\uff30assword1!", "Passwort1!", "Azerty123!",
        "Motdepasse1!",    "PASSWORD1!a",       "Password2024x",   "Aaaaaaa1!",  "1!Zzzzzz",
        "xxxx-2026!"}) {
    EXPECT_TRUE(isCommon(password)) << password;
  }
}

TEST(CommonPasswords, OthersAreNot) {
  for (const auto* password : {"Correct-Horse-9-Battery",
                               "Correct-9",
                               "Imported-1",
                               "Wrong-Horse-9",
                               "AlicePass123",
                               "Aa1-xyz8",
                               "Aa1-xxxxxxxxxxxx",
                               "Tr0ub4dor&3",
                               "horse battery staple",
                               "monkey-8Zq!7#",
                               "Dragon!83649201",
                               "Password-84629173",
                               "Kx9#mQ2$vL",
                               "Парольдва-2",
                               "Passwordless-Entry1",
                               "Sunshine-Monkey-4",
                               "xK3!xK4!xK5!",
                               "Aa583!92",
                               "8d969eef6eca",
                               "Zwölf Boxkämpfer-1",
                               "Unusual-7-Heron",
                               "Password1!ab-x",
                               "Aaaaaab1!",
                               "Heron-7-x",
                               "\U0001F600\U0001F3C3\u2603 Aa1"}) {
    EXPECT_FALSE(isCommon(password)) << password;
  }
  // Long ones that a client's tests like to make are no repetition.
  EXPECT_FALSE(isCommon("Aa1!Aa1!Aa1!Aa1!Aa1!"));
  EXPECT_FALSE(isCommon("A1!" + std::string(100, 'x')));
  EXPECT_FALSE(isCommon(""));
}

TEST(CommonPasswords, MadeOfTheName) {
  for (const auto* password : {"alice_99", "Alice_99!", "ALICE_99-2026", "99_ecilA!", "Alice2026!", "@l1ce123!",
                               "Ecila-123", "1234567890Alice_99", "--alice_99", "alice_99A!", "xAlice_99-y1"}) {
    EXPECT_TRUE(isMadeOf(password, "alice_99")) << password;
  }
  for (const auto* password : {"AlicePass123", "Alice-in-Wonderland-1", "Correct-Horse-9", "Alice84629173-5!",
                               "Alice_99Xyz!", "alice_99Ab84629173"}) {
    EXPECT_FALSE(isMadeOf(password, "alice_99")) << password;
  }
  EXPECT_FALSE(isMadeOf("ab-Correct-9", "ab")) << "too short to mean anything";
  EXPECT_TRUE(isMadeOf("Bob-2026!", "bob"));
  EXPECT_FALSE(isMadeOf("Kx9!bob-", "bob")) << "three letters may stand in any text";
  EXPECT_TRUE(isMadeOf("marianne2A!", "marianne2"));
  EXPECT_TRUE(isMadeOf("12345-!", "12345"));
}

}  // namespace
}  // namespace kavro::auth
