// Every call of the API with its successes and failures, at the root and under /api/v1: one table.
#include <Poco/JSON/Stringifier.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

enum class Who { kNobody, kAlice, kBob, kForged, kBasic };

// In paths, bodies and expectations {name} is replaced: {alice} and {bob} are users' ids, {message} is the id that the
// last 201 of /messages/ gave, {unique} differs between the two mounts.
struct Call {
  const char* what;
  const char* method;
  const char* path;
  const char* body;
  Who who;
  int status;
  // Success: the body, members in alphabetical order, "*" for any value. 422: the fields that are complained about,
  // separated by blanks. Other failures: nothing; their form is checked in any case.
  const char* expected;
};

constexpr const char* kGoodKey = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";  // RFC 7748, 6.1

const Call kCalls[] = {
    {"register", "POST", "/auth/register", R"({"username":"new-{unique}","password":"Unusual-7-Heron"})", Who::kNobody, 201,
     R"({"access_token":"*","token_type":"bearer"})"},
    {"register: extra members are ignored", "POST", "/auth/register",
     R"({"username":"extra_{unique}","password":"Unusual-7-Heron","email":"x"})", Who::kNobody, 201,
     R"({"access_token":"*","token_type":"bearer"})"},
    {"register: taken", "POST", "/auth/register", R"({"username":"alice","password":"Unusual-7-Heron"})", Who::kNobody, 400,
     ""},
    {"register: name too short", "POST", "/auth/register", R"({"username":"ab","password":"Unusual-7-Heron"})", Who::kNobody,
     422, "username"},
    {"register: name too long", "POST", "/auth/register",
     R"({"username":"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz","password":"Unusual-7-Heron"})", Who::kNobody, 422,
     "username"},
    {"register: name with a blank", "POST", "/auth/register", R"({"username":"a b c","password":"Unusual-7-Heron"})",
     Who::kNobody, 422, "username"},
    {"register: name that is a number", "POST", "/auth/register", R"({"username":12345,"password":"Unusual-7-Heron"})",
     Who::kNobody, 422, "username"},
    {"register: short password", "POST", "/auth/register", R"({"username":"dave","password":"Pa5!"})", Who::kNobody,
     422, "password"},
    {"register: no upper case", "POST", "/auth/register", R"({"username":"dave","password":"passw0rd!"})", Who::kNobody,
     422, "password"},
    {"register: no lower case", "POST", "/auth/register", R"({"username":"dave","password":"PASSW0RD!"})", Who::kNobody,
     422, "password"},
    {"register: no digit", "POST", "/auth/register", R"({"username":"dave","password":"Password!"})", Who::kNobody, 422,
     "password"},
    {"register: no special character", "POST", "/auth/register", R"({"username":"dave","password":"Passw0rd1"})",
     Who::kNobody, 422, "password"},
    {"register: long password", "POST", "/auth/register", R"({"username":"dave","password":"A1!{long}"})", Who::kNobody,
     422, "password"},
    {"register: nothing given", "POST", "/auth/register", "{}", Who::kNobody, 422, "username password"},
    {"register: no JSON", "POST", "/auth/register", "username=dave", Who::kNobody, 422, "body"},
    {"register: an array", "POST", "/auth/register", "[]", Who::kNobody, 422, "body"},
    {"register: empty", "POST", "/auth/register", "", Who::kNobody, 422, "body"},

    {"login", "POST", "/auth/login", R"({"username":"alice","password":"Correct-Horse-9-Battery"})", Who::kNobody, 200,
     R"({"access_token":"*","token_type":"bearer"})"},
    {"login: wrong password", "POST", "/auth/login", R"({"username":"alice","password":"Wrong-Horse-9"})", Who::kNobody,
     401, ""},
    {"login: unknown name", "POST", "/auth/login", R"({"username":"nobody","password":"Wrong-Horse-9"})", Who::kNobody,
     401, ""},
    {"login: nothing given", "POST", "/auth/login", "{}", Who::kNobody, 422, "username password"},

    {"me", "GET", "/auth/me", "", Who::kAlice, 200, R"({"user_id":{alice},"username":"alice"})"},
    {"me: no token", "GET", "/auth/me", "", Who::kNobody, 401, ""},
    {"me: forged token", "GET", "/auth/me", "", Who::kForged, 401, ""},
    {"me: another scheme", "GET", "/auth/me", "", Who::kBasic, 401, ""},

    {"publish", "POST", "/keys/publish", R"({"identity_pubkey":"{key}","device_name":"laptop"})", Who::kBob, 201,
     R"({"device_id":"*","status":"public key stored"})"},
    {"publish: without a name", "POST", "/keys/publish", R"({"identity_pubkey":"{key}"})", Who::kBob, 201,
     R"({"device_id":"*","status":"public key stored"})"},
    {"publish: no token", "POST", "/keys/publish", R"({"identity_pubkey":"{key}"})", Who::kNobody, 401, ""},
    {"publish: forged token", "POST", "/keys/publish", R"({"identity_pubkey":"{key}"})", Who::kForged, 401, ""},
    {"publish: no key", "POST", "/keys/publish", R"({"device_name":"laptop"})", Who::kBob, 422, "identity_pubkey"},
    {"publish: short key", "POST", "/keys/publish", R"({"identity_pubkey":"abcd"})", Who::kBob, 422, "identity_pubkey"},
    {"publish: no digits", "POST", "/keys/publish",
     R"({"identity_pubkey":"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"})", Who::kBob, 422,
     "identity_pubkey"},
    {"publish: a key of small order", "POST", "/keys/publish",
     R"({"identity_pubkey":"0000000000000000000000000000000000000000000000000000000000000000"})", Who::kBob, 422,
     "identity_pubkey"},
    {"publish: a key that is a number", "POST", "/keys/publish", R"({"identity_pubkey":7})", Who::kBob, 422,
     "identity_pubkey"},

    {"keys", "GET", "/keys/{bob}", "", Who::kNobody, 200, R"({"devices":"*"})"},
    {"keys: unknown user", "GET", "/keys/999999999", "", Who::kNobody, 200, R"({"devices":[]})"},
    {"keys: no number", "GET", "/keys/bob", "", Who::kNobody, 422, "user_id"},

    {"send", "POST", "/messages/", R"({"recipient_id":{bob},"ciphertext":"aGVsbG8=","ephemeral_pubkey":"{key}"})",
     Who::kAlice, 201, R"({"id":"*","status":"stored"})"},
    {"send: with metadata", "POST", "/messages/",
     R"({"recipient_id":{bob},"ciphertext":"aGVsbG8=","ephemeral_pubkey":"{key}","metadata":{"a":[1,"x"]}})",
     Who::kAlice, 201, R"({"id":"*","status":"stored"})"},
    {"send: no slash at the end", "POST", "/messages",
     R"({"recipient_id":{bob},"ciphertext":"aGVsbG8=","ephemeral_pubkey":"{key}"})", Who::kAlice, 201,
     R"({"id":"*","status":"stored"})"},
    {"send: no token", "POST", "/messages/",
     R"({"recipient_id":{bob},"ciphertext":"aGVsbG8=","ephemeral_pubkey":"{key}"})", Who::kNobody, 401, ""},
    {"send: no such recipient", "POST", "/messages/",
     R"({"recipient_id":999999999,"ciphertext":"aGVsbG8=","ephemeral_pubkey":"{key}"})", Who::kAlice, 404, ""},
    {"send: not base64", "POST", "/messages/",
     R"({"recipient_id":{bob},"ciphertext":"***","ephemeral_pubkey":"{key}"})", Who::kAlice, 400, ""},
    {"send: recipient as text", "POST", "/messages/",
     R"({"recipient_id":"{bob}","ciphertext":"aGVsbG8=","ephemeral_pubkey":"{key}"})", Who::kAlice, 422,
     "recipient_id"},
    {"send: no usable key", "POST", "/messages/",
     R"({"recipient_id":{bob},"ciphertext":"aGVsbG8=","ephemeral_pubkey":"abcd"})", Who::kAlice, 422,
     "ephemeral_pubkey"},
    {"send: nothing given", "POST", "/messages/", "{}", Who::kAlice, 422, "recipient_id ciphertext ephemeral_pubkey"},
    {"send: a member twice", "POST", "/messages/", R"({"recipient_id":1,"recipient_id":{bob}})", Who::kAlice, 422,
     "body"},

    {"inbox", "GET", "/messages/inbox", "", Who::kBob, 200, R"({"messages":"*"})"},
    {"inbox: one", "GET", "/messages/inbox?limit=1", "", Who::kBob, 200, R"({"messages":"*"})"},
    {"inbox: after the last", "GET", "/messages/inbox?after=999999999", "", Who::kBob, 200, R"({"messages":[]})"},
    {"inbox: of somebody without messages", "GET", "/messages/inbox", "", Who::kAlice, 200, R"({"messages":[]})"},
    {"inbox: no token", "GET", "/messages/inbox", "", Who::kNobody, 401, ""},
    {"inbox: no number", "GET", "/messages/inbox?limit=many", "", Who::kBob, 422, "limit"},
    {"inbox: none", "GET", "/messages/inbox?limit=0&after=-1", "", Who::kBob, 422, "limit after"},

    {"ack", "POST", "/messages/{message}/ack", "", Who::kBob, 200, R"({"status":"acknowledged"})"},
    {"ack: again", "POST", "/messages/{message}/ack", "", Who::kBob, 200, R"({"status":"acknowledged"})"},
    {"ack: not yours", "POST", "/messages/{message}/ack", "", Who::kAlice, 403, ""},
    {"ack: unknown", "POST", "/messages/999999999/ack", "", Who::kBob, 404, ""},
    {"ack: no token", "POST", "/messages/{message}/ack", "", Who::kNobody, 401, ""},
    {"ack: no number", "POST", "/messages/latest/ack", "", Who::kBob, 422, "id"},

    {"health", "GET", "/health", "", Who::kNobody, 200, R"({"service":"kavro","status":"ok","version":"*"})"},
    {"nowhere", "GET", "/nowhere", "", Who::kNobody, 404, ""},
    {"nowhere with a token", "GET", "/nowhere", "", Who::kAlice, 404, ""},
    {"another method", "DELETE", "/health", "", Who::kNobody, 405, ""},
};

class Wire : public ::testing::TestWithParam<const char*> {
 protected:
  Wire() : client_(server_) {
    alice_ = client_.registerUser("alice");
    bob_ = client_.registerUser("bob");
    values_ = {{"alice", std::to_string(client_.userId(alice_))},
               {"bob", std::to_string(client_.userId(bob_))},
               {"key", kGoodKey},
               {"long", std::string(126, 'x')},
               {"unique", *GetParam() ? "versioned" : "root"}};
    client_.prefix(GetParam());
  }

  std::string filled(std::string text) const {
    for (const auto& [name, value] : values_) {
      const std::string mark = "{" + name + "}";
      for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) text.replace(at, mark.size(), value);
    }
    return text;
  }

  Client::Headers authorization(Who who) const {
    switch (who) {
      case Who::kAlice:
        return {{"Authorization", "Bearer " + alice_}};
      case Who::kBob:
        return {{"Authorization", "bearer " + bob_}};  // the scheme's case does not count
      case Who::kForged:
        return {{"Authorization", "Bearer " + alice_.substr(0, alice_.size() - 4) + "AAAA"}};
      case Who::kBasic:
        return {{"Authorization", "Basic YWxpY2U6eA=="}};
      case Who::kNobody:
        break;
    }
    return {};
  }

  // The body with the members in alphabetical order, each value that `expected` has as "*" replaced by "*".
  static std::string normalised(const Reply& reply, const std::string& expected) {
    const auto object = reply.json();
    Poco::JSON::Object shown;
    for (const std::string& name : object->getNames()) {
      if (expected.find("\"" + name + "\":\"*\"") != std::string::npos) {
        shown.set(name, "*");
      } else {
        shown.set(name, object->get(name));
      }
    }
    std::ostringstream text;
    shown.stringify(text);
    return text.str();
  }

  // RFC 9457, and what clients of the Python service read.
  static void expectProblem(const Reply& reply, const std::string& fields) {
    EXPECT_EQ("application/problem+json", reply.header("Content-Type"));
    EXPECT_EQ("about:blank", reply.string("type"));
    EXPECT_FALSE(reply.string("title").empty());
    EXPECT_EQ(reply.status, reply.integer("status"));
    EXPECT_EQ(reply.status, reply.integer("status_code"));
    EXPECT_FALSE(reply.string("detail").empty());
    EXPECT_EQ(reply.string("detail"), reply.string("error"));
    const std::string challenge = reply.header("WWW-Authenticate").value_or("");
    EXPECT_EQ(reply.status == 401, challenge.starts_with("Bearer")) << challenge;
    EXPECT_EQ(reply.status == 405, reply.header("Allow").has_value());
    if (reply.status != 422) return;
    std::string named;
    const auto details = reply.array("details");
    for (unsigned i = 0; i < details->size(); ++i) {
      const auto detail = details->getObject(i);
      EXPECT_FALSE(detail->getValue<std::string>("message").empty());
      named += (named.empty() ? "" : " ") + detail->getValue<std::string>("field");
    }
    EXPECT_EQ(fields, named);
  }

  Server server_;
  Client client_;
  std::string alice_, bob_;
  std::map<std::string, std::string> values_;
};

TEST_P(Wire, AnswersAsDocumented) {
  for (const Call& call : kCalls) {
    SCOPED_TRACE(std::string(GetParam()) + " " + call.what);
    const Reply reply = client_.request(call.method, filled(call.path), filled(call.body), authorization(call.who));
    EXPECT_EQ(call.status, reply.status) << reply.body;
    if (reply.status != call.status) continue;
    if (call.status >= 400) {
      expectProblem(reply, call.expected);
      continue;
    }
    EXPECT_EQ("application/json", reply.header("Content-Type"));
    EXPECT_EQ(filled(call.expected), normalised(reply, filled(call.expected)));
    if (std::string(call.path) == "/messages/" && reply.status == 201) {
      values_["message"] = std::to_string(reply.integer("id"));
    }
  }
}

TEST_P(Wire, AKeyAndAMessageHaveAllTheirMembers) {
  const Client::Headers alice = authorization(Who::kAlice), bob = authorization(Who::kBob);
  client_.post("/keys/publish", filled(R"({"identity_pubkey":"{key}","device_name":"lap\"top"})"), bob);
  const auto device = client_.get(filled("/keys/{bob}")).array("devices")->getObject(0);
  EXPECT_EQ((std::vector<std::string>{"created_at", "device_name", "id", "identity_pubkey", "user_id"}),
            device->getNames());
  EXPECT_EQ(kGoodKey, device->getValue<std::string>("identity_pubkey"));
  EXPECT_EQ("lap\"top", device->getValue<std::string>("device_name"));
  EXPECT_EQ(values_["bob"], device->get("user_id").toString());

  client_.post(
      "/messages/",
      filled(R"({"recipient_id":{bob},"ciphertext":"aGVsbG8=","ephemeral_pubkey":"{key}","metadata":{"z":1}})"), alice);
  const auto message = client_.get("/messages/inbox", bob).array("messages")->getObject(0);
  EXPECT_EQ((std::vector<std::string>{"ciphertext", "created_at", "ephemeral_pubkey", "id", "metadata", "recipient_id",
                                      "sender_id"}),
            message->getNames());
  EXPECT_EQ("aGVsbG8=", message->getValue<std::string>("ciphertext"));
  EXPECT_EQ(kGoodKey, message->getValue<std::string>("ephemeral_pubkey"));
  EXPECT_EQ(values_["alice"], message->get("sender_id").toString());
  EXPECT_EQ(values_["bob"], message->get("recipient_id").toString());
  for (const auto& created :
       {device->getValue<std::string>("created_at"), message->getValue<std::string>("created_at")}) {
    EXPECT_TRUE(created.starts_with("20") && created.find('T') == 10 && created.ends_with("Z")) << created;
  }
}

INSTANTIATE_TEST_SUITE_P(Mounts, Wire, ::testing::Values("", "/api/v1"),
                         [](const auto& mount) { return std::string(*mount.param ? "Versioned" : "Root"); });

}  // namespace
}  // namespace kavro::testing
