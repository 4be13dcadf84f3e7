// Bearer tokens over HTTP: what is forged, wrong or sent in another way is refused; keys are changed while it runs.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "plugins/auth/base64_url.hpp"
#include "plugins/auth/ed25519_key.hpp"
#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_signer.hpp"
#include "tests/plugins/auth/pem.hpp"
#include "tests/plugins/auth/token_attacks.hpp"
#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/steady_senders.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;
constexpr fs::perms kPrivate = fs::perms::owner_read | fs::perms::owner_write;

std::chrono::system_clock::time_point now() { return std::chrono::system_clock::now(); }

Options accounts() {
  Options options;
  options.plugins = {limiter(), "auth"};
  options.transport = Transport::kPlain;
  return options;
}

std::string secretOf(const Server& server) {
  std::string secret = readFile(server.installation().authSecret());
  secret.pop_back();  // the newline
  return secret;
}

// Over one connection as long as the server keeps it; 0: it closed without an answer.
class RawClient {
 public:
  explicit RawClient(const Server& server) : server_(server) {}

  Reply get(const std::string& fields) {
    if (!connection_) connection_ = std::make_unique<RawConnection>(server_);
    connection_->send("GET /auth/me HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n\r\n");
    const auto reply = connection_->readReply();
    if (!reply || reply->header("Connection") == "close") connection_.reset();
    return reply.value_or(Reply{});
  }

 private:
  const Server& server_;
  std::unique_ptr<RawConnection> connection_;
};

TEST(Tokens, NoneThatIsForgedIsTaken) {
  Server server(accounts());
  Client client(server);
  const std::string own = client.registerUser("alice");
  const auth::HmacKey key(secretOf(server));
  RawClient raw(server);
  EXPECT_EQ(200, raw.get("Authorization: Bearer " + own).status);
  for (const auto& [name, token] : auth::unusualTokens(key, now())) {
    EXPECT_EQ(200, raw.get("Authorization: Bearer " + token).status) << name;
  }
  size_t count = 0;
  for (const auto& [name, token] : auth::tokenAttacks(key, {"", "x", key.id()}, now())) {
    const Reply reply = raw.get("Authorization: Bearer " + token);
    const bool is_text = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (is_text && token.size() < 8000) {
      EXPECT_EQ(401, reply.status) << name;
      EXPECT_EQ(1u, reply.count("WWW-Authenticate")) << name;
    } else {
      EXPECT_TRUE(reply.status == 400 || reply.status == 401 || reply.status == 431) << name << " " << reply.status;
    }
    ++count;
  }
  EXPECT_GE(count, 500u);
  EXPECT_EQ(200, raw.get("Authorization: Bearer " + own).status) << "still";
}

TEST(Tokens, AreSentInOneWayOnly) {
  Server server(accounts());
  Client client(server);
  const std::string token = client.registerUser("alice");
  RawClient raw(server);
  const std::vector<std::pair<std::string, int>> forms = {{"Authorization: Bearer $", 200},
                                                          {"authorization: bearer $", 200},
                                                          {"AUTHORIZATION: BEARER $", 200},
                                                          {"Authorization:Bearer $", 200},
                                                          {"Authorization: \t Bearer    $ \t", 200},
                                                          {"Authorization: Bearer\t$", 401},
                                                          {"Authorization: Bearer \t$", 401},
                                                          {"Authorization: Bearer$", 401},
                                                          {"Authorization: Bearer", 401},
                                                          {"Authorization: Bearer ", 401},
                                                          {"Authorization: $", 401},
                                                          {"Authorization:", 401},
                                                          {"Authorization: Token $", 401},
                                                          {"Authorization: Basic $", 401},
                                                          {"Authorization: Bearer $ $", 401},
                                                          {"Authorization: Bearer $,", 401},
                                                          {"Authorization: Bearer $, Bearer $", 401},
                                                          {"Authorization: Bearer \"$\"", 401},
                                                          {"Authorization: Bearer token=$", 401},
                                                          {"Authorization: Bearer%20$", 401},
                                                          {"Authorization: Bearer $;x=y", 401},
                                                          {"Authorization: Bearer $\r\nAuthorization: Bearer $", 401},
                                                          {"Authorization: Basic YTpi\r\nAuthorization: Bearer $", 401},
                                                          {"Authorization: Bearer $\r\nAuthorization: Basic YTpi", 401},
                                                          {"Authorization: Bearer $\r\nauthorization:", 401},
                                                          {"Proxy-Authorization: Bearer $", 401},
                                                          {"X-Authorization: Bearer $", 401},
                                                          {"Cookie: access_token=$", 401},
                                                          {"Authorization : Bearer $", 400},
                                                          {"Authorization: Bearer $\r\n x", 400}};
  for (const auto& [form, status] : forms) {
    std::string fields = form;
    for (size_t at = 0; (at = fields.find('$', at)) != std::string::npos; at += token.size()) {
      fields.replace(at, 1, token);
    }
    EXPECT_EQ(status, raw.get(fields).status) << form;
  }
  EXPECT_EQ(401, client.get("/auth/me?access_token=" + token).status) << "RFC 6750 section 2.3 is not offered";
}

// What an operator changes: the files with keys, then a reload.
class KeysOf {
 public:
  explicit KeysOf(Server& server) : server_(server), previous_(server.installation().folder() / "auth.previous") {}

  void set(const std::string& algorithm, const std::string& secret, const std::string& previous) {
    writeFile(server_.installation().authSecret(), secret + "\n", kPrivate);
    auto& settings = server_.installation().options().settings;
    settings["auth.token_algorithm"] = algorithm;
    settings.erase("auth.previous_secrets_file");
    if (!previous.empty()) {
      writeFile(previous_, previous + "\n", kPrivate);
      settings["auth.previous_secrets_file"] = previous_;
    }
    server_.installation().writeConfiguration();
  }
  void reload() {
    const ProgramResult result = server_.installation().run({"reload"});
    EXPECT_EQ(0, result.status) << result.errors;
  }

 private:
  Server& server_;
  fs::path previous_;
};

std::string logIn(Client& client) {
  return client.post("/auth/login", R"({"username":"alice","password":")" + std::string(Client::kPassword) + "\"}")
      .string("access_token");
}

std::string headerOf(const std::string& token) {
  return auth::decodeBase64Url(token.substr(0, token.find('.'))).value_or("");
}

TEST(Tokens, AKeyIsReplacedAndNobodyIsLoggedOut) {
  Server server;
  Person alice(server, "alice"), bob(server, "bob");
  Client client(server);
  KeysOf keys(server);
  const std::string first = secretOf(server), second = randomHex(32), third = randomHex(32);
  SteadySenders senders({server.endpoint()}, alice.token(), bob.id(), 4);
  ASSERT_TRUE(senders.waitForMore(20));

  keys.set("HS256", second, first);
  server.process().signal(SIGHUP);
  ASSERT_TRUE(server.process().waitForLine("kernel: reloaded: auth restarted"));
  ASSERT_TRUE(senders.waitForMore(20));
  const std::string newer = logIn(client);
  EXPECT_NE(headerOf(alice.token()), headerOf(newer)) << "another kid";
  EXPECT_EQ(alice.id(), client.userId(alice.token()));
  EXPECT_EQ(alice.id(), client.userId(newer));

  keys.set("HS256", third, second + "\n" + first);
  keys.reload();
  ASSERT_TRUE(senders.waitForMore(20));
  senders.stop();
  EXPECT_TRUE(senders.faults().empty()) << senders.faults()[0];
  for (const auto& [status, count] : senders.statuses()) {
    EXPECT_TRUE(status == 201 || count == 0) << status << ", " << count << " times";
  }
  EXPECT_EQ(alice.id(), client.userId(newer));

  // Until the old key is taken away.
  keys.set("HS256", third, second);
  keys.reload();
  EXPECT_EQ(alice.id(), client.userId(newer));
  EXPECT_EQ(401, client.bearer(alice.token()).get("/auth/me").status);
  EXPECT_EQ(0, server.stop());
  for (const std::string& secret : {first, second, third}) {
    EXPECT_EQ(std::string::npos, server.log().find(secret)) << "a secret is in the log";
  }
}

TEST(Tokens, AreSignedByAKeyPairAndCheckedByAnybody) {
  Server server(accounts());
  Client client(server);
  KeysOf keys(server);
  const std::string secret = secretOf(server), old = client.registerUser("alice");
  const std::int64_t id = client.userId(old);
  EXPECT_EQ(404, client.get("/.well-known/jwks.json").status) << "a secret is shown to nobody";

  const auth::Pem pem;
  keys.set("EdDSA", pem.privateKey(), secret);
  keys.reload();
  const std::string token = logIn(client);
  EXPECT_EQ(id, client.userId(token));
  EXPECT_EQ(id, client.userId(old)) << "of the secret of before";

  const Reply set = client.get("/.well-known/jwks.json");
  ASSERT_EQ(200, set.status);
  EXPECT_EQ("application/jwk-set+json", set.header("Content-Type"));
  EXPECT_EQ("public, max-age=300", set.header("Cache-Control"));
  EXPECT_EQ(set.body, client.get("/api/v1/.well-known/jwks.json").body);
  ASSERT_EQ(1u, set.array("keys")->size());
  const auto jwk = set.array("keys")->getObject(0);
  EXPECT_EQ("OKP Ed25519 EdDSA sig", jwk->getValue<std::string>("kty") + " " + jwk->getValue<std::string>("crv") + " " +
                                         jwk->getValue<std::string>("alg") + " " + jwk->getValue<std::string>("use"));
  EXPECT_FALSE(jwk->has("d") || jwk->has("k"));
  // As another service would check it, with nothing but that answer.
  const auto shown = auth::Ed25519Key::fromPublicKey(*auth::decodeBase64Url(jwk->getValue<std::string>("x")));
  EXPECT_EQ(shown->id(), jwk->getValue<std::string>("kid"));
  EXPECT_EQ(R"({"alg":"EdDSA","typ":"JWT","kid":")" + shown->id() + "\"}", headerOf(token));
  EXPECT_TRUE(
      shown->verifies(token.substr(0, token.rfind('.')), *auth::decodeBase64Url(token.substr(token.rfind('.') + 1))));

  // The public key as a secret, the oldest trick; and the rest of the list, against the pair.
  RawClient raw(server);
  const auto pair = auth::Ed25519Key::fromPem(pem.privateKey());
  for (const auto& [name, forged] :
       auth::tokenAttacks(*pair, {pem.publicKey(), jwk->getValue<std::string>("x"), set.body, shown->id()}, now())) {
    const int status = raw.get("Authorization: Bearer " + forged).status;
    EXPECT_TRUE(status == 400 || status == 401 || status == 431) << name << " " << status;
  }

  // And back: the pair's tokens stay good while it is among the previous ones.
  keys.set("HS256", randomHex(32), pem.publicKey() + secret);
  keys.reload();
  EXPECT_EQ(id, client.userId(token));
  EXPECT_EQ(id, client.userId(old));
  EXPECT_NE(std::string::npos, headerOf(logIn(client)).find("HS256"));
  keys.set("HS256", randomHex(32), "");
  keys.reload();
  EXPECT_EQ(404, client.get("/.well-known/jwks.json").status);
  for (const std::string& gone : {token, old}) EXPECT_EQ(401, client.bearer(gone).get("/auth/me").status);
  EXPECT_EQ(0, server.stop());
}

TEST(Tokens, AKeyThatCannotBeIsRefusedAndTheServerGoesOn) {
  Server server(accounts());
  Client client(server);
  const std::string token = client.registerUser("alice");
  KeysOf keys(server);
  const auto refused = [&](const std::string& algorithm, const std::string& secret, const std::string& previous) {
    keys.set(algorithm, secret, previous);
    const ProgramResult result = server.installation().run({"reload"});
    EXPECT_EQ(78, result.status);
    EXPECT_EQ(200, client.bearer(token).get("/auth/me").status);
    return result.errors;
  };
  const std::string good = randomHex(32);
  for (const auto& [errors, expected] : std::vector<std::pair<std::string, std::string>>{
           {refused("EdDSA", good, ""), "token_algorithm = EdDSA needs"},
           {refused("HS256", auth::Pem().privateKey(), ""), "found a key in PEM"},
           {refused("HS256", std::string(64, 'x'), ""), "which can be guessed"},
           {refused("EdDSA", auth::Pem("X25519").privateKey(), ""), "found a key of X25519"},
           {refused("HS256", good, "short"), "previous_secrets: key 1"},
           {refused("HS384", good, ""), "HS384"}}) {
    EXPECT_NE(std::string::npos, errors.find(expected)) << errors;
  }
  EXPECT_EQ(0, server.stop());
}

TEST(Tokens, HaveAnIssuerAndAnAudienceWhereTheyAreSet) {
  Options options = accounts();
  options.settings["auth.issuer"] = "https://kavro.example";
  options.settings["auth.audience"] = "clients";
  Server server(options);
  Client client(server);
  const std::string token = client.registerUser("alice");
  EXPECT_EQ(1, client.userId(token));
  const std::string claims =
      auth::decodeBase64Url(token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1)).value_or("");
  EXPECT_NE(std::string::npos, claims.find(R"("iss":"https://kavro.example","aud":"clients")")) << claims;
  const auth::HmacKey key(secretOf(server));
  using std::chrono::hours;
  for (const auth::TokenParties& other :
       {auth::TokenParties{}, auth::TokenParties{"https://kavro.example", ""}, auth::TokenParties{"", "clients"},
        auth::TokenParties{"https://kavro.example", "others"},
        auth::TokenParties{"https://other.example", "clients"}}) {
    client.bearer(auth::TokenSigner(key, hours(1), other).sign(1, now()));
    EXPECT_EQ(401, client.get("/auth/me").status) << other.issuer << " " << other.audience;
  }
}

// By whoever looks after the database. Both were in the caches of tokens and of users, and stayed there.
TEST(Tokens, OfWhoWasRemovedEndWithinTheTimeAndOfWhoWasRenamedNameHimAnew) {
  Options options;
  options.plugins = {limiter(), "auth", "messaging"};
  options.transport = Transport::kPlain;
  options.settings["auth.user_cache_time"] = "1s";
  Server server(options);
  Client client(server);
  const std::string alice = client.registerUser("alice"), bob = client.registerUser("bob");
  const std::int64_t gone = client.userId(alice);
  const std::string unseen =
      auth::TokenSigner(auth::HmacKey(secretOf(server)), std::chrono::hours(2)).sign(gone, now());
  const auto send = [&] {
    return client.bearer(bob)
        .post("/messages/", R"({"ciphertext":"Zm9v","ephemeral_pubkey":)"
                            R"("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f","recipient_id":)" +
                                std::to_string(gone) + "}")
        .status;
  };
  EXPECT_EQ(201, send());

  const StoredData stored(server.installation());
  stored.execute("DELETE FROM users WHERE username = 'alice'");
  stored.execute("UPDATE users SET username = 'robert' WHERE username = 'bob'");
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  const auto is_past = [&] { return std::chrono::steady_clock::now() > patience; };
  while (client.bearer(alice).get("/auth/me").status == 200 && !is_past()) std::this_thread::yield();
  while (client.bearer(bob).get("/auth/me").string("username") == "bob" && !is_past()) std::this_thread::yield();

  for (const std::string& token : {alice, unseen}) {
    const Reply reply = client.bearer(token).get("/auth/me");
    EXPECT_EQ(401, reply.status);
    EXPECT_NE(std::string::npos, reply.header("WWW-Authenticate").value_or("").find("The token names no user"));
  }
  EXPECT_EQ(404, send());
  EXPECT_EQ("robert", client.bearer(bob).get("/auth/me").string("username"));
  EXPECT_EQ(401,
            client.post("/auth/login", R"({"username":"alice","password":")" + std::string(Client::kPassword) + "\"}")
                .status);
  // The name is free again, and its new owner is somebody else.
  const std::int64_t next = client.userId(client.registerUser("alice"));
  EXPECT_NE(gone, next);
  EXPECT_EQ(401, client.bearer(alice).get("/auth/me").status);
}

}  // namespace
}  // namespace kavro::testing
