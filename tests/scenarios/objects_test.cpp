// Whose is it? Every route that takes an id, with every user's token and every way to write an id: nobody reads or
// acknowledges what is not theirs, and learns no more of it than the contract says (a message that is somebody else's
// is 403, one that is not there 404; a user without keys and no user are the same empty list).
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "tests/scenarios/person.hpp"
#include "tests/scenarios/server.hpp"
#include "tests/scenarios/stored_data.hpp"

namespace kavro::testing {
namespace {

constexpr const char* kKey = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";  // RFC 7748, 6.1
const std::string kLargest = std::to_string(std::numeric_limits<std::int64_t>::max());

// What says who asks, and what differs from answer to answer.
std::string comparable(const Reply& reply) {
  std::string text = std::to_string(reply.status) + " " + reply.bodyWithoutRequestId();
  for (const auto& [name, value] : reply.headers) {
    if (name != "Date" && name != "X-Request-ID" && name != "Connection" && name != "Keep-Alive") {
      text += "\n" + name + ": " + value;
    }
  }
  return text;
}

// Without ratelimit, which numbers its answers.
Options uncounted() {
  Options options;
  options.plugins = without("ratelimit");
  options.transport = Transport::kPlain;
  return options;
}

// Alice writes to Bob, Bob to Alice; Carol is a stranger to both; nobody has no token, and Mallory a forged one.
class ObjectsTest : public ::testing::Test {
 protected:
  ObjectsTest() {
    for (const std::string name : {"alice", "bob", "carol"}) {
      tokens_[name] = client_.registerUser(name);
      ids_[name] = client_.userId(tokens_[name]);
    }
    tokens_["nobody"] = "";
    tokens_["mallory"] = tokens_["bob"].substr(0, tokens_["bob"].rfind('.') + 1) + std::string(43, 'A');
    message_ = send("alice", "bob");
    answer_ = send("bob", "alice");
  }

  Reply ask(const std::string& who, const std::string& method, const std::string& path, const std::string& body = {}) {
    return client_.bearer(tokens_.at(who)).request(method, path, body);
  }
  Reply acknowledge(const std::string& who, const std::string& id) {
    return ask(who, "POST", "/messages/" + id + "/ack");
  }

  static std::string message(const std::string& recipient, const std::string& more = {}) {
    return R"({"recipient_id":)" + recipient + R"(,"ciphertext":"Zm9v","ephemeral_pubkey":")" + kKey + "\"" + more +
           "}";
  }
  std::int64_t send(const std::string& from, const std::string& to) {
    const Reply reply = ask(from, "POST", "/messages/", message(std::to_string(ids_.at(to))));
    if (reply.status != 201) throw std::runtime_error("sending: " + reply.body);
    return reply.integer("id");
  }
  std::string acknowledged(std::int64_t id) const {
    return StoredData(server_.installation())
        .execute("SELECT count(*) FROM messages WHERE acknowledged_us IS NOT NULL AND id = " + std::to_string(id));
  }
  std::string stored(const std::string& table) const {
    return StoredData(server_.installation()).execute("SELECT count(*) FROM " + table);
  }

  Server server_{uncounted()};
  Client client_{server_};
  std::map<std::string, std::string> tokens_;
  std::map<std::string, std::int64_t> ids_;
  std::int64_t message_ = 0, answer_ = 0;
};

// A route with an id that no test of this file knows of is one that nobody has tried.
TEST_F(ObjectsTest, EveryRouteWithAnIdIsTried) {
  const ProgramResult result = server_.installation().run({"routes"});
  ASSERT_EQ(0, result.status) << result.errors;
  std::set<std::string> with_id;
  std::istringstream words(result.output);
  for (std::string word; words >> word;) {
    if (word.find("/{") != std::string::npos) with_id.insert(word);
  }
  EXPECT_EQ((std::set<std::string>{"/keys/{user_id}", "/messages/{id}/ack"}), with_id) << result.output;
}

TEST_F(ObjectsTest, OnlyTheRecipientAcknowledges) {
  const std::string id = std::to_string(message_);
  EXPECT_EQ(403, acknowledge("alice", id).status) << "who sent it";
  EXPECT_EQ(403, acknowledge("carol", id).status) << "a stranger";
  EXPECT_EQ(401, acknowledge("nobody", id).status);
  EXPECT_EQ(401, acknowledge("mallory", id).status);
  EXPECT_EQ("0", acknowledged(message_));
  // Who sent it and a stranger are told the same, and the same of every message that is not theirs.
  EXPECT_EQ(comparable(acknowledge("alice", id)), comparable(acknowledge("carol", id)));
  EXPECT_EQ(comparable(acknowledge("carol", id)), comparable(acknowledge("carol", std::to_string(answer_))));

  EXPECT_EQ(200, acknowledge("bob", id).status);
  EXPECT_EQ("1", acknowledged(message_));
  EXPECT_EQ(200, acknowledge("bob", id).status) << "again";
  EXPECT_EQ(403, acknowledge("carol", id).status) << "after it was";
  EXPECT_EQ("0", acknowledged(answer_));
}

// However an id is written: what is not Carol's stays not Carol's, and what nobody has is the same nothing for all.
TEST_F(ObjectsTest, AnIdIsNoOtherIdHoweverItIsWritten) {
  const std::string id = std::to_string(message_);
  const auto percent = [&] {
    std::string text;
    for (const char digit : id) text += std::string("%3") + digit;
    return text;
  }();
  const std::map<std::string, int> spellings = {{id, 403},
                                                {percent, 403},
                                                {"00" + id, 403},
                                                {"+" + id, 422},
                                                {"0x" + id, 422},
                                                {id + ".0", 422},
                                                {id + "e0", 422},
                                                {"%20" + id, 422},
                                                {id + "%20", 422},
                                                {id + "%00", 400},
                                                {id + ";x", 422},
                                                {id + "," + id, 422},
                                                {"%EF%BC%91", 422},
                                                {"%D9%A1", 422},
                                                {"*", 422},
                                                {"null", 422},
                                                {"-" + id, 404},
                                                {"0", 404},
                                                {"-0", 404},
                                                {"-1", 404},
                                                {"999999", 404},
                                                {kLargest, 404},
                                                {"-" + kLargest, 404},
                                                {"9223372036854775808", 422},
                                                {"18446744073709551617", 422},
                                                {"%27%20OR%201=1--", 422},
                                                {std::string(500, '9'), 422}};
  const std::string nothing = comparable(acknowledge("bob", "999999"));
  for (const auto& [spelling, status] : spellings) {
    for (const std::string who : {"carol", "alice"}) {
      const Reply reply = acknowledge(who, spelling);
      EXPECT_EQ(status, reply.status) << who << " " << spelling << ": " << reply.body;
      if (status == 404) {
        EXPECT_EQ(nothing, comparable(reply)) << spelling;
      }
    }
    EXPECT_EQ(status == 400 ? 400 : 401, acknowledge("nobody", spelling).status) << spelling;
  }
  for (const std::string& path :
       {"/messages//" + id + "/ack", "/messages/" + id + "//ack", "/messages/x/../" + id + "/ack",
        "/messages/" + id + "%2Fack", "/messages/bob/" + id + "/ack"}) {
    const int status = ask("carol", "POST", path).status;
    EXPECT_TRUE(status == 404 || status == 400 || status == 403 || status == 422) << path << " " << status;
  }
  EXPECT_EQ("0", acknowledged(message_));
  // By its recipient each of the first three is that message.
  EXPECT_EQ(200, acknowledge("bob", percent).status);
}

TEST_F(ObjectsTest, AnInboxIsItsOwners) {
  send("carol", "alice");
  const auto recipients = [&](const std::string& who, const std::string& query) {
    const Reply reply = ask(who, "GET", "/messages/inbox" + query);
    EXPECT_EQ(200, reply.status) << reply.body;
    std::set<std::int64_t> found;
    const auto list = reply.array("messages");
    for (unsigned i = 0; i < list->size(); ++i) {
      found.insert(list->getObject(i)->getValue<Poco::Int64>("recipient_id"));
    }
    return found;
  };
  const std::string bob = std::to_string(ids_["bob"]);
  for (const std::string& query :
       {std::string(), std::string("?after=0"), "?after=" + std::to_string(message_ - 1), "?user_id=" + bob,
        "?recipient_id=" + bob, "?recipient=" + bob + "&limit=200", "?id=" + std::to_string(message_),
        "?after=0&user_id=" + bob, "?sender_id=" + bob, "?user_id=1&user_id=" + bob}) {
    EXPECT_EQ(std::set<std::int64_t>{}, recipients("carol", query)) << query;
    for (const std::string who : {"alice", "bob"}) {
      for (const std::int64_t recipient : recipients(who, query)) EXPECT_EQ(ids_[who], recipient) << who << query;
    }
  }
  for (const std::string query : {"?limit=200&limit=1", "?limit=1&limit=x", "?after=0&after=0", "?after=0&%61fter=1"}) {
    EXPECT_EQ(422, ask("carol", "GET", "/messages/inbox" + query).status) << query << ": which of the two is meant?";
  }
  EXPECT_EQ(std::set<std::int64_t>{ids_["alice"]}, recipients("alice", ""));
  for (const std::string who : {"nobody", "mallory"}) EXPECT_EQ(401, ask(who, "GET", "/messages/inbox").status);
  for (const std::string name : {"X-User-Id", "X-Forwarded-User", "Remote-User", "X-Original-User"}) {
    client_.bearer(tokens_["carol"]);
    EXPECT_EQ(R"({"messages":[]})", client_.get("/messages/inbox", {{name, bob}}).body) << name;
  }
}

// `after` takes any id: whether that message is one's own, another's or none makes no difference but its place.
TEST_F(ObjectsTest, AfterTellsNothingOfTheMessageItNames) {
  const Reply none = ask("carol", "GET", "/messages/inbox?after=999999");
  for (const std::string& after : {std::string("0"), std::to_string(message_), std::to_string(answer_), kLargest}) {
    EXPECT_EQ(comparable(none), comparable(ask("carol", "GET", "/messages/inbox?after=" + after))) << after;
  }
  const std::int64_t own = send("alice", "carol");
  for (const std::int64_t before : {message_, answer_, own - 1}) {  // of others
    const Reply reply = ask("carol", "GET", "/messages/inbox?after=" + std::to_string(before));
    EXPECT_EQ(1u, reply.array("messages")->size()) << before;
  }
  const Reply invalid = ask("carol", "GET", "/messages/inbox?after=x");
  EXPECT_EQ(422, invalid.status);
  for (const std::string after :
       {"-1", "%2B1", "0x1", "1.0", "9223372036854775808", "%EF%BC%91", "", "1%00", "1%2C2"}) {
    EXPECT_EQ(comparable(invalid), comparable(ask("carol", "GET", "/messages/inbox?after=" + after))) << after;
  }
}

// Keys are for everybody. Who has none, who does not exist and who asks are all the same.
TEST_F(ObjectsTest, KeysAreForEverybodyAndNameNobodyElse) {
  ASSERT_EQ(201, ask("alice", "POST", "/keys/publish", R"({"identity_pubkey":")" + std::string(kKey) + "\"}").status);
  const std::string alice = std::to_string(ids_["alice"]), bob = std::to_string(ids_["bob"]);
  const Reply keys = ask("alice", "GET", "/keys/" + alice);
  const Reply none = ask("alice", "GET", "/keys/" + bob);
  EXPECT_EQ(1u, keys.array("devices")->size());
  EXPECT_EQ(R"({"devices":[]})", none.body);
  for (const std::string who : {"alice", "bob", "carol", "nobody", "mallory"}) {
    EXPECT_EQ(comparable(keys), comparable(ask(who, "GET", "/keys/" + alice))) << who;
    for (const std::string& id : {bob, std::string("999999"), kLargest}) {
      EXPECT_EQ(comparable(none), comparable(ask(who, "GET", "/keys/" + id))) << who << " " << id;
    }
    for (const std::string id :
         {"0", "-1", "%2B1", "0x1", "1.0", "1e0", "9223372036854775808", "%EF%BC%91", "alice", "%20", "1%20OR%201=1"}) {
      EXPECT_EQ(422, ask(who, "GET", "/keys/" + id).status) << who << " " << id;
    }
  }
}

TEST_F(ObjectsTest, ARecipientIsANumberOfSomebody) {
  const std::string before = stored("messages"), bob = std::to_string(ids_["bob"]);
  const std::map<std::string, int> recipients = {{"\"" + bob + "\"", 422},
                                                 {bob + ".0", 422},
                                                 {bob + "e0", 422},
                                                 {"[" + bob + "]", 422},
                                                 {"{\"id\":" + bob + "}", 422},
                                                 {"true", 422},
                                                 {"null", 422},
                                                 {"\"bob\"", 422},
                                                 {"1.5", 422},
                                                 {"9223372036854775808", 422},
                                                 {"-9223372036854775809", 422},
                                                 {"1e400", 422},
                                                 {"+" + bob, 422},
                                                 {"0" + bob, 422},
                                                 {"0x" + bob, 422},
                                                 {"0", 404},
                                                 {"-0", 404},
                                                 {"-1", 404},
                                                 {"-" + bob, 404},
                                                 {"999999", 404},
                                                 {kLargest, 404}};
  const std::string nobody = comparable(ask("alice", "POST", "/messages/", message("999999")));
  for (const auto& [recipient, status] : recipients) {
    const Reply reply = ask("alice", "POST", "/messages/", message(recipient));
    EXPECT_EQ(status, reply.status) << recipient << ": " << reply.body;
    if (status == 404) {
      EXPECT_EQ(nobody, comparable(reply)) << recipient;
    }
    for (const std::string who : {"nobody", "mallory"}) {
      EXPECT_EQ(401, ask(who, "POST", "/messages/", message(recipient)).status) << who << " " << recipient;
    }
  }
  EXPECT_EQ(422, ask("alice", "POST", "/messages/", message(bob, R"(,"recipient_id":)" + bob)).status) << "twice";
  EXPECT_EQ(before, stored("messages"));
}

// What a client adds to a body is not taken: not whose it is, not its id, not its time.
TEST_F(ObjectsTest, MembersThatAreTheServersAreNotTaken) {
  const std::string alice = std::to_string(ids_["alice"]), bob = std::to_string(ids_["bob"]);
  const std::string more =
      R"(,"id":777777,"sender_id":)" + bob + R"(,"user_id":)" + bob +
      R"(,"created_at":"1999-01-01T00:00:00Z","created_us":1,"acknowledged_us":1,"is_admin":true,)" +
      R"("principal":{"id":)" + bob + "}";
  const Reply sent = ask("alice", "POST", "/messages/", message(std::to_string(ids_["carol"]), more));
  ASSERT_EQ(201, sent.status) << sent.body;
  EXPECT_NE(777777, sent.integer("id"));
  EXPECT_EQ("0", acknowledged(sent.integer("id")));
  const auto list = ask("carol", "GET", "/messages/inbox").array("messages");
  ASSERT_EQ(1u, list->size());
  EXPECT_EQ(ids_["alice"], list->getObject(0)->getValue<Poco::Int64>("sender_id"));
  EXPECT_EQ(sent.integer("id"), list->getObject(0)->getValue<Poco::Int64>("id"));
  EXPECT_NE("1999", list->getObject(0)->getValue<std::string>("created_at").substr(0, 4));

  const Reply published =
      ask("alice", "POST", "/keys/publish", R"({"identity_pubkey":")" + std::string(kKey) + "\"" + more + "}");
  ASSERT_EQ(201, published.status) << published.body;
  EXPECT_NE(777777, published.integer("device_id"));
  EXPECT_EQ(1u, ask("nobody", "GET", "/keys/" + alice).array("devices")->size());
  EXPECT_EQ(R"({"devices":[]})", ask("nobody", "GET", "/keys/" + bob).body);

  const std::string password = Client::kPassword;
  const Reply registered =
      ask("nobody", "POST", "/auth/register",
          R"({"username":"dave","password":")" + password + R"(","password_hash":"x")" + more + "}");
  ASSERT_EQ(201, registered.status) << registered.body;
  const std::int64_t dave = client_.userId(registered.string("access_token"));
  EXPECT_NE(ids_["bob"], dave);
  EXPECT_NE(777777, dave);
  const Reply login =
      ask("nobody", "POST", "/auth/login", R"({"username":"dave","password":")" + password + "\"" + more + "}");
  ASSERT_EQ(200, login.status) << login.body;
  EXPECT_EQ(dave, client_.userId(login.string("access_token")));
  // An acknowledgement has no body that could say for whom it is.
  client_.bearer(tokens_["carol"]);
  EXPECT_EQ(403,
            client_.post("/messages/" + std::to_string(message_) + "/ack", "{\"recipient_id\":" + bob + "}").status);
  EXPECT_EQ(403, client_.post("/messages/" + std::to_string(message_) + "/ack?user_id=" + bob).status);
  EXPECT_EQ("0", acknowledged(message_));
}

}  // namespace
}  // namespace kavro::testing
