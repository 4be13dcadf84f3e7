// Passwords as a client meets them: in any spelling and any length, and those that are refused.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/plugins/auth/accounts.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

// What was found fault with, as "field message".
std::vector<std::string> complaints(const Reply& reply) {
  std::vector<std::string> found;
  if (reply.status != 422) return {std::to_string(reply.status) + " " + reply.body};
  const auto details = reply.array("details");
  for (unsigned i = 0; i < details->size(); ++i) {
    const auto detail = details->getObject(i);
    found.push_back(detail->getValue<std::string>("field") + " " + detail->getValue<std::string>("message"));
  }
  return found;
}

TEST(Passwords, AreTheSameInEverySpelling) {
  Server server(small());
  Client client(server);
  const std::string composed = "Caf\u00e9-Noir-9", apart = "Cafe\u0301-Noir-9", escaped = R"(Cafe\u0301-Noir-9)";
  client.registerUser("alice", apart);
  for (const std::string& typed : {composed, apart, escaped}) EXPECT_EQ(200, logIn(client, "alice", typed).status);
  EXPECT_EQ(401, logIn(client, "alice", "Cafe-Noir-9").status);
}

TEST(Passwords, AreNotCut) {
  Options options = small();
  options.settings["auth.password_length_max"] = "1024";
  Server server(options);
  Client client(server);
  std::string password = "Aa1-";
  while (password.size() < 4 + 1019 * 3) password += "\u20ac";
  client.registerUser("alice", password + "x");
  EXPECT_EQ(401, logIn(client, "alice", password + "y").status);
  EXPECT_EQ(401, logIn(client, "alice", password).status);
  EXPECT_EQ(200, logIn(client, "alice", password + "x").status);
  EXPECT_EQ(std::vector<std::string>{"password may have at most 1024 characters"},
            complaints(client.post("/auth/register", credentials("bob", password + "xx"))));
}

TEST(Passwords, HaveTheirNulToo) {
  Server server(small());
  Client client(server);
  client.registerUser("alice", R"(Correct\u0000Horse-9)");
  EXPECT_EQ(200, logIn(client, "alice", R"(Correct\u0000Horse-9)").status);
  for (const std::string other : {"Correct", R"(Correct\u0000)", R"(Correct\u0000Horse-8)", "CorrectHorse-9"}) {
    EXPECT_EQ(401, logIn(client, "alice", other).status) << other;
  }
}

TEST(Passwords, ThatAreGuessedFirstAreRefused) {
  Server server(small());
  Client client(server);
  const std::string common = "password is one of those that are guessed first: choose another, such as a few words";
  for (const std::string password : {"Passw0rd!", "P@ssword123", "Qwerty123!", "1qaz@WSX", "Summer2026!"}) {
    EXPECT_EQ(std::vector<std::string>{common},
              complaints(client.post("/auth/register", credentials("alice", password))))
        << password;
  }
  EXPECT_EQ(std::vector<std::string>{"password is made of the username: choose another"},
            complaints(client.post("/auth/register", credentials("alice", "Alice-2026"))));
  EXPECT_EQ(201, client.post("/auth/register", credentials("bob", "Alice-2026")).status);
}

TEST(Passwords, OnTheOperatorsListAreRefused) {
  Options options = small();
  options.settings["auth.password_refuse_common"] = "off";
  Server server(options);
  Client client(server);
  EXPECT_EQ(201, client.post("/auth/register", credentials("carol", "Passw0rd!")).status);
  const auto list = server.installation().folder() / "blocked";
  writeFile(list, "Correct-Horse-9\r\nCAF\u00c9-Noir-9\n", std::filesystem::perms::owner_all);
  server.installation().options().settings["auth.password_blocklist"] = list;
  server.installation().writeConfiguration();
  const ProgramResult reload = server.installation().run({"reload"});
  ASSERT_EQ(0, reload.status) << reload.errors;
  for (const std::string password : {"Correct-Horse-9", "correct-HORSE-9", "Cafe\u0301-Noir-9"}) {
    EXPECT_EQ(std::vector<std::string>{"password is on the list of passwords that this server refuses: choose another"},
              complaints(client.post("/auth/register", credentials("alice", password))));
  }
  EXPECT_EQ(201, client.post("/auth/register", credentials("alice", "Correct-Horse-10")).status);
  EXPECT_EQ(200, logIn(client, "carol", "Passw0rd!").status) << "a login takes any password there is";

  server.installation().options().settings["auth.password_blocklist"] = list.string() + ".gone";
  server.installation().writeConfiguration();
  const ProgramResult refused = server.installation().run({"reload"});
  EXPECT_EQ(78, refused.status);
  EXPECT_NE(std::string::npos, refused.errors.find("password_blocklist")) << refused.errors;
}

// A hash of before passwords had a normal form, and bcrypt's, which never had one.
TEST(Passwords, OfBeforeTheNormalFormAreStillGood) {
  Server server(small());
  const std::string composed = "Caf\u00e9-Noir-9", apart = "Cafe\u0301-Noir-9";
  server.stop();
  // Argon2id (m=8192,t=1) and bcrypt (cost 4) of the second spelling, by libsodium and crypt.
  StoredData(server.installation())
      .execute(
          "INSERT INTO users (username, password_hash, created_us) VALUES ('argon', "
          "'$argon2id$v=19$m=8192,t=1,p=1$+WLDVXiF8cDwhIeM4SSqNg$pIhntiOtY/e0ShB7mWe3XFx+yNvLVbvzcTQe8grtDoA', 0), "
          "('bcrypt', '$2b$04$abcdefghijklmnopqrstuucmkMp4AvrkB.4h8IEYFHgoD8RunIJzu', 0)");
  server.restart();
  Client client(server);
  for (const std::string name : {"argon", "bcrypt"}) {
    EXPECT_EQ(401, logIn(client, name, composed).status) << name;
    EXPECT_EQ(200, logIn(client, name, apart).status) << name;
    EXPECT_EQ(200, logIn(client, name, composed).status) << name << ": its new hash is of the normal form";
  }
}

}  // namespace
}  // namespace kavro::testing
