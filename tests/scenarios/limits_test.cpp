// The limits that hold by default: who asks too often, and who guesses passwords.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

Options withDefaults() {
  Options options;
  options.rate_limits = RateLimits::kDefaults;
  return options;
}

std::string credentials(const std::string& name, const std::string& password = Client::kPassword) {
  return R"({"username":")" + name + R"(","password":")" + password + "\"}";
}

void expectTooMany(const Reply& reply, int window_s) {
  EXPECT_EQ(429, reply.status) << reply.body;
  EXPECT_EQ("application/problem+json", reply.header("Content-Type"));
  const int wait_s = std::stoi(reply.header("Retry-After").value_or("0"));
  EXPECT_GE(wait_s, 1);
  EXPECT_LE(wait_s, window_s);
}

TEST(Limits, ThreeRegistrationsAnHourByAddress) {
  Server server(withDefaults());
  Client client(server);
  EXPECT_EQ(201, client.post("/auth/register", credentials("user-1")).status);
  EXPECT_EQ(201, client.post("/api/v1/auth/register", credentials("user-2")).status);  // the same limit
  const Reply third = client.post("/auth/register", credentials("user-3"));
  EXPECT_EQ(201, third.status);
  EXPECT_TRUE(third.header("RateLimit")) << "no RateLimit field";
  EXPECT_TRUE(third.header("RateLimit-Policy")) << "no RateLimit-Policy field";
  expectTooMany(client.post("/auth/register", credentials("user-4")), 3600);
  expectTooMany(client.post("/api/v1/auth/register", credentials("user-4")), 3600);
  EXPECT_EQ(200, client.get("/health").status);
}

TEST(Limits, FiveLoginsInFifteenMinutesByAddress) {
  Server server(withDefaults());
  Client client(server);
  client.registerUser("alice");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(200, client.post("/auth/login", credentials("alice")).status);
  expectTooMany(client.post("/auth/login", credentials("alice")), 900);
}

TEST(Limits, ThirtyMessagesAMinuteByUser) {
  Server server(withDefaults());
  Client client(server);
  const std::string alice = client.registerUser("alice"), bob = client.registerUser("bob");
  const std::string body = R"({"recipient_id":)" + std::to_string(client.userId(bob)) +
                           R"(,"ciphertext":"aGVsbG8=","ephemeral_pubkey":")"
                           "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f\"}";
  client.bearer(alice);
  for (int i = 0; i < 30; ++i) ASSERT_EQ(201, client.post("/messages/", body).status) << i;
  expectTooMany(client.post("/messages/", body), 60);
  EXPECT_EQ(200, client.get("/messages/inbox").status);
  EXPECT_EQ(201, client.bearer(bob).post("/messages/", body).status);  // somebody else
}

TEST(Limits, FiveWrongPasswordsLockTheName) {
  Server server;
  Client client(server);
  client.registerUser("alice");
  client.registerUser("bob");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(401, client.post("/auth/login", credentials("alice", "Wrong-1!")).status);
  expectTooMany(client.post("/auth/login", credentials("alice")), 900);
  EXPECT_EQ(200, client.post("/auth/login", credentials("bob")).status);
}

// Nobody learns from the answer or from its time whether a name exists. Medians, and a wide bound: machines are busy.
TEST(Limits, AnUnknownNameLooksLikeAWrongPassword) {
  Options options;
  options.settings["auth.lockout_failures"] = "1000";
  Server server(options);
  Client client(server);
  client.registerUser("alice");
  std::map<std::string, std::vector<double>> times;
  std::map<std::string, std::string> bodies;
  for (int i = 0; i < 7; ++i) {
    for (const std::string name : {"alice", "nobody"}) {
      const auto start = std::chrono::steady_clock::now();
      const Reply reply = client.post("/auth/login", credentials(name, "Wrong-Horse-9"));
      times[name].push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      EXPECT_EQ(401, reply.status);
      bodies[name] = reply.bodyWithoutRequestId();
    }
  }
  for (auto& [name, list] : times) std::sort(list.begin(), list.end());
  EXPECT_EQ(bodies["alice"], bodies["nobody"]);
  const double ratio = times["alice"][3] / times["nobody"][3];
  EXPECT_GT(ratio, 0.5);
  EXPECT_LT(ratio, 2.0);
}

}  // namespace
}  // namespace kavro::testing
