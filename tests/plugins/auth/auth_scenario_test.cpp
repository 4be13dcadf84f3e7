// Accounts as a client meets them, against the real server.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_signer.hpp"
#include "tests/plugins/auth/accounts.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

using namespace std::chrono_literals;

// A token signed with the server's secret, as another machine that shares it would.
std::string signElsewhere(const Server& server, int64_t userId, std::chrono::system_clock::time_point now) {
  std::string secret = readFile(server.installation().authSecret());
  secret.pop_back();  // the newline
  const auth::HmacKey key(secret);
  return auth::TokenSigner(key, 1h).sign(userId, now);
}

TEST(AuthScenario, RegistersLogsInAndKnowsTheTokenAgain) {
  Options options;
  options.plugins = {limiter(), "auth"};
  Server server(options);
  for (const std::string prefix : {"", "/api/v1"}) {
    Client client(server);
    client.prefix(prefix);
    const std::string name = prefix.empty() ? "alice" : "bob";
    const Reply registered = client.post("/auth/register", credentials(name, kGood));
    ASSERT_EQ(201, registered.status) << registered.body;
    EXPECT_EQ("bearer", registered.string("token_type"));
    EXPECT_EQ("no-store", registered.header("Cache-Control"));

    const Reply loggedIn = logIn(client, name, kGood);
    ASSERT_EQ(200, loggedIn.status) << loggedIn.body;
    EXPECT_EQ("bearer", loggedIn.string("token_type"));
    for (const Reply& reply : {registered, loggedIn}) {
      const Reply me = client.bearer(reply.string("access_token")).get("/auth/me");
      ASSERT_EQ(200, me.status) << me.body;
      EXPECT_EQ(name, me.string("username"));
      EXPECT_EQ(prefix.empty() ? 1 : 2, me.integer("user_id"));
    }
  }
}

TEST(AuthScenario, NamesEverythingThatIsMissing) {
  Server server(small());
  Client client(server);
  const auto problems = [&](const std::string& body) {
    const Reply reply = client.post("/auth/register", body);
    EXPECT_EQ(422, reply.status) << reply.body;
    EXPECT_EQ("application/problem+json", reply.header("Content-Type"));
    std::vector<std::string> found;
    const auto details = reply.array("details");
    for (size_t i = 0; i < details->size(); ++i) {
      const auto detail = details->getObject(static_cast<unsigned>(i));
      found.push_back(detail->getValue<std::string>("field") + " " + detail->getValue<std::string>("message"));
    }
    return found;
  };
  using Found = std::vector<std::string>;
  EXPECT_EQ((Found{"username required", "password required"}), problems("{}"));
  EXPECT_EQ((Found{"username expected a string", "password needs a digit"}),
            problems(R"({"username":7,"password":"Correct-Horse"})"));
  EXPECT_EQ((Found{"username needs 3 to 50 characters, each a letter from A to Z, a digit, _ or -",
                   "password needs at least 8 characters", "password needs an upper-case letter",
                   "password needs a digit", "password needs a special character, such as ! or -"}),
            problems(credentials("a b", "short")));
  EXPECT_EQ(1u, problems(credentials("alice", "Aa1-" + std::string(125, 'x'))).size());
  EXPECT_EQ(201, client.post("/auth/register", credentials("alice", "Aa1-" + std::string(124, 'x'))).status);
}

TEST(AuthScenario, ANameIsTakenOnce) {
  Server server(small());
  const auto replies = atOnce(
      server, 16, [](Client& client, int) { return client.post("/auth/register", credentials("alice", kGood)); });
  EXPECT_EQ((std::map<int, int>{{201, 1}, {400, 15}}), statuses(replies));
  for (const Reply& reply : replies) {
    if (reply.status == 400) {
      EXPECT_EQ("This username is already taken. Try another one.", reply.string("error"));
    }
  }
  Client client(server);
  EXPECT_EQ(400, client.post("/auth/register", credentials("alice", kGood)).status);
  EXPECT_EQ(201, client.post("/auth/register", credentials("Alice", kGood)).status) << "names are case-sensitive";
}

TEST(AuthScenario, AWrongPasswordAndAnUnknownNameAreAnsweredAlike) {
  Options options = small();
  options.settings["auth.lockout_failures"] = "1000";
  Server server(options);
  Client client(server);
  client.registerUser("alice");
  const Reply wrong = logIn(client, "alice", kWrong);
  EXPECT_EQ(401, wrong.status);
  EXPECT_EQ("Incorrect username or password.", wrong.string("error"));
  EXPECT_EQ("Bearer realm=\"kavro\"", wrong.header("WWW-Authenticate"));
  const std::string name255(255, 'n'), name256(256, 'n'), password4096(4096, 'p'), password4097(4097, 'p');
  for (const auto& [name, password] :
       std::vector<std::pair<std::string, std::string>>{{"nobody", kWrong},
                                                        {"nobody", kGood},
                                                        {"a b", kWrong},
                                                        {"", kWrong},
                                                        {"alice", ""},
                                                        {"alice", "short"},
                                                        {"Alice", kGood},
                                                        {"alice\\u0000", kGood},
                                                        {"alice", kGood + "\\u0000"},
                                                        {name255, kWrong},
                                                        {name256, kWrong},
                                                        {"alice", password4096},
                                                        {"alice", password4097},
                                                        {"alice", std::string(16'384, 'p')},
                                                        {"alice", std::string(16'385, 'p')},
                                                        {"alice", std::string(500'000, 'p')}}) {
    const Reply reply = logIn(client, name, password);
    EXPECT_EQ(401, reply.status) << name.substr(0, 20) << " " << password.substr(0, 20);
    EXPECT_EQ(wrong.bodyWithoutRequestId(), reply.bodyWithoutRequestId());
    ASSERT_EQ(wrong.headers.size(), reply.headers.size());
    for (size_t i = 0; i < wrong.headers.size(); ++i) {
      const auto& [field, value] = reply.headers[i];
      EXPECT_EQ(wrong.headers[i].first, field) << "in the same order";
      if (field != "Date" && field != "X-Request-ID") {
        EXPECT_EQ(wrong.headers[i].second, value) << field;
      }
    }
  }
  EXPECT_EQ(422, client.post("/auth/login", R"({"username":"alice"})").status);
  EXPECT_EQ(422, client.post("/auth/login", R"({"username":"alice","password":7})").status);
  EXPECT_EQ(422, client.post("/auth/login", "alice").status);
}

TEST(AuthScenario, RefusesWhatIsNoGoodToken) {
  Server server(small());
  Client client(server);
  const std::string token = client.registerUser("alice");
  const auto now = std::chrono::system_clock::now();

  const Reply none = client.get("/auth/me");
  EXPECT_EQ(401, none.status);
  EXPECT_EQ("Bearer realm=\"kavro\"", none.header("WWW-Authenticate"));
  EXPECT_EQ(401, client.get("/auth/me", {{"Authorization", "Basic YWxpY2U6eA=="}}).status);
  EXPECT_EQ(401, client.get("/auth/me", {{"Authorization", "BearerX " + token}}).status);

  const auto refused = [&](const std::string& value) {
    const Reply reply = client.get("/auth/me", {{"Authorization", value}});
    EXPECT_EQ(401, reply.status) << value;
    EXPECT_EQ("Invalid or expired token", reply.string("error"));
    EXPECT_EQ(1u, reply.count("WWW-Authenticate"));
    return reply.header("WWW-Authenticate").value_or("");
  };
  const std::string invalid = "Bearer realm=\"kavro\", error=\"invalid_token\", error_description=\"";
  EXPECT_EQ(invalid + "The token has expired\"", refused("Bearer " + signElsewhere(server, 1, now - 2h)));
  EXPECT_EQ(invalid + "The token names no user\"", refused("Bearer " + signElsewhere(server, 99, now)));
  EXPECT_EQ(invalid + "The signature of the token is wrong\"",
            refused("Bearer " + token.substr(0, token.rfind('.') + 1) + std::string(43, 'A')));
  EXPECT_EQ(invalid + "The token is malformed\"", refused("Bearer"));
  EXPECT_EQ(invalid + "The token is malformed\"", refused("Bearer garbage"));
  EXPECT_EQ(invalid + "The token is too long\"", refused("Bearer " + std::string(5000, 'a')));

  EXPECT_EQ(200, client.get("/auth/me", {{"Authorization", "Bearer " + token}}).status);
  EXPECT_EQ(200, client.get("/auth/me", {{"Authorization", "bEARER   " + token}}).status);
}

TEST(AuthScenario, ABadTokenDoesNotMatterWhereNoneIsNeeded) {
  Server server(small());
  Client client(server);
  client.bearer("garbage");
  client.registerUser("alice");
  EXPECT_EQ(200, logIn(client, "alice", kGood).status);
  EXPECT_EQ(200, client.get("/health").status);
}

TEST(AuthScenario, TokensOfAnotherMachineAndAfterARestartAreGood) {
  Server server(small());
  std::string own;
  {
    Client client(server);
    own = client.registerUser("alice");
    EXPECT_EQ(1, client.userId(signElsewhere(server, 1, std::chrono::system_clock::now())));
  }
  server.restart();
  Client client(server);
  EXPECT_EQ(1, client.userId(own));
  EXPECT_EQ(1, client.userId(own)) << "from the cache";
}

TEST(AuthScenario, AnImportedAccountLogsInAndGetsANewHash) {
  Server server(small());
  Client(server).registerUser("alice");
  server.stop();
  // bcrypt of "Imported-1", and a hash of ours of another cost.
  StoredData(server.installation())
      .execute(
          "INSERT INTO users (username, password_hash, created_us) VALUES"
          " ('imported', '$2b$04$abcdefghijklmnopqrstuu3Ueg3/JTqjz5Guha2TxzClUWi0nUZVS', 0)");
  server.installation().options().settings["auth.hash_passes"] = "2";
  server.installation().writeConfiguration();
  server.restart();

  Client client(server);
  EXPECT_EQ(401, logIn(client, "imported", "Imported-2").status);
  EXPECT_EQ(200, logIn(client, "imported", "Imported-1").status);
  EXPECT_EQ(200, logIn(client, "imported", "Imported-1").status) << "with the new hash";
  EXPECT_EQ(200, logIn(client, "alice", kGood).status);
  EXPECT_EQ(200, logIn(client, "alice", kGood).status) << "with the new hash";
  server.stop();
  const std::string log = server.log(), warning = "and imported_hash_cost is 0";
  EXPECT_NE(std::string::npos, log.find(warning)) << log;
  EXPECT_EQ(log.find(warning), log.rfind(warning)) << "once";
  const StoredData stored(server.installation());
  for (const std::string name : {"imported", "alice"}) {
    const std::string hash = stored.execute("SELECT password_hash FROM users WHERE username = '" + name + "'");
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8192,t=2,p=1$")) << hash;
  }
}

TEST(AuthScenario, TellsTheAuditLogAndNoSecret) {
  Server server(small());
  std::string token;
  {
    Client client(server);
    token = client.registerUser("alice");
    client.post("/auth/register", credentials("alice", kGood));
    logIn(client, "alice", kGood);
    logIn(client, "nobody", kWrong);
    for (int i = 0; i < 6; ++i) logIn(client, "alice", kWrong);
    client.bearer(token).get("/auth/me");
    client.bearer(token + "x").get("/auth/me");
  }
  EXPECT_EQ(0, server.stop());
  const std::string audit = readFile(server.installation().auditLog());
  std::map<std::string, int> seen;
  std::istringstream lines(audit);
  for (std::string line; std::getline(lines, line);) {
    Reply reply;
    reply.body = line;
    const auto event = reply.json();
    if (event->isNull("user")) continue;
    std::string words = event->getValue<std::string>("event") + " " + event->getValue<std::string>("user") + " " +
                        event->getValue<std::string>("status");
    if (event->has("reason")) words += " " + event->getValue<std::string>("reason");
    ++seen[words];
  }
  EXPECT_EQ((std::map<std::string, int>{{"register alice success", 1},
                                        {"register alice failure username_exists", 1},
                                        {"login alice success", 1},
                                        {"login nobody failure unknown_user", 1},
                                        {"login alice failure bad_password", 5},
                                        {"lockout alice blocked", 1},
                                        {"login alice blocked locked", 1}}),
            seen)
      << audit;
  const std::string everything = audit + server.log() + server.output();
  for (const std::string& secret : {kGood, kWrong, token, token.substr(token.rfind('.'))}) {
    EXPECT_EQ(std::string::npos, everything.find(secret)) << secret;
  }
}

// The lines of the audit log as "event user status reason why", without what is not there.
std::vector<std::string> audited(const Server& server) {
  std::vector<std::string> found;
  std::istringstream lines(readFile(server.installation().auditLog()));
  for (std::string line; std::getline(lines, line);) {
    Reply reply;
    reply.body = line;
    const auto event = reply.json();
    if (event->isNull("ip")) continue;  // of the log itself
    std::string words = event->getValue<std::string>("event");
    for (const std::string member : {"user", "status", "reason", "why"}) {
      if (event->has(member) && !event->isNull(member)) words += " " + event->getValue<std::string>(member);
    }
    found.push_back(words);
  }
  return found;
}

TEST(AuthScenario, ARefusedTokenIsAuditedOnceAMinuteForEachClient) {
  Options options = small();
  options.settings["http.trusted_proxies"] = "127.0.0.1";
  Server server(options);
  {
    Client client(server);
    const std::string token = client.registerUser("alice");
    client.bearer("garbage");
    logIn(client, "alice", kGood);  // a route that needs none
    EXPECT_EQ(401, Client(server).get("/auth/me").status) << "no token, so none that was refused";
    EXPECT_EQ(200, Client(server).bearer(token).get("/auth/me").status);
    const auto from = [&](const std::string& address, const std::string& bad) {
      const Reply reply =
          Client(server).get("/auth/me", {{"X-Forwarded-For", address}, {"Authorization", "Bearer " + bad}});
      EXPECT_EQ(401, reply.status);
    };
    for (int i = 0; i < 20; ++i) from("192.0.2.7", "garbage");
    from("192.0.2.8", token.substr(0, token.rfind('.') + 1) + std::string(43, 'A'));
    from("2001:db8::1", signElsewhere(server, 1, std::chrono::system_clock::now() - 2h));
    from("2001:db8::2", "garbage");  // of the same network
    from("2001:db8:0:1::2", signElsewhere(server, 99, std::chrono::system_clock::now()));
    from("192.0.2.7", "garbage");
  }
  EXPECT_EQ(0, server.stop());
  EXPECT_EQ((std::vector<std::string>{"register alice success", "login alice success",
                                      "token failure invalid_token The token is malformed",
                                      "token failure invalid_token The signature of the token is wrong",
                                      "token failure invalid_token The token has expired",
                                      "token failure invalid_token The token names no user"}),
            audited(server));
}

TEST(AuthScenario, WhatWasNotEvenTriedIsAuditedToo) {
  Server server(small());
  {
    Client client(server);
    EXPECT_EQ(422, client.post("/auth/register", credentials("alice", "short")).status);
    EXPECT_EQ(422, client.post("/auth/register", "{}").status);
    EXPECT_EQ(422, client.post("/auth/login", R"({"username":"alice"})").status);
    EXPECT_EQ(401, logIn(client, "alice", std::string(16'385, 'p')).status);
    EXPECT_EQ(401, logIn(client, std::string(5000, 'n'), kGood).status);
  }
  EXPECT_EQ(0, server.stop());
  EXPECT_EQ((std::vector<std::string>{"register alice failure invalid_request", "register failure invalid_request",
                                      "login alice failure invalid_request", "login alice failure invalid_request",
                                      "login " + std::string(255, 'n') + " failure invalid_request"}),
            audited(server));
}

TEST(AuthScenario, CheckRefusesSettingsThatCannotBe) {
  const auto check = [](const std::string& key, const std::string& value) {
    Options options = small();
    options.settings["auth." + key] = value;
    if (key == "secret") options.settings["auth.secret_file"] = kLeaveOut;
    return Installation(options).run({"check"});
  };
  EXPECT_EQ(0, check("token_ttl", "5min").status);
  for (const auto& [key, value] : std::map<std::string, std::string>{{"secret", "too-short-a-secret"},
                                                                     {"token_ttl", "1s"},
                                                                     {"hash_memory", "1MiB"},
                                                                     {"lockout_failures", "0"},
                                                                     {"password_upper", "perhaps"}}) {
    const ProgramResult result = check(key, value);
    EXPECT_EQ(78, result.status) << key;
    EXPECT_NE(std::string::npos, result.errors.find(key)) << result.errors;
  }
  EXPECT_EQ(std::string::npos, check("secret", "too-short-a-secret").errors.find("too-short-a-secret"));
  const ProgramResult missing = check("secret_file", kLeaveOut);
  EXPECT_EQ(78, missing.status);
  EXPECT_NE(std::string::npos, missing.errors.find("openssl rand -hex 32")) << missing.errors;
}

}  // namespace
}  // namespace kavro::testing
