#include "api_client.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "test_server.hpp"

namespace kavro::demo_client {
namespace {

using testing::Call;
using testing::failureOf;
using testing::Reply;

class ApiClientTest : public ::testing::Test {
 protected:
  Reply reply_;  // what the server answers next
  Call call_;    // what it was last asked
  testing::TestServer server_{[this](const Call& call) {
    call_ = call;
    return reply_;
  }};
  HttpsClient http_{server_.url(), server_.certificate(), {}};
  ApiClient api_{http_};
};

TEST_F(ApiClientTest, RegistersAndLogsIn) {
  reply_ = {201, R"({"access_token":"t1","token_type":"bearer"})", {}};
  EXPECT_EQ(api_.registerUser("ann", "pa\"ss"), "t1");
  EXPECT_EQ(call_.body, R"({"password":"pa\"ss","username":"ann"})");
  reply_.status = 200;
  EXPECT_EQ(api_.login("ann", "x"), "t1");
  EXPECT_EQ(server_.calls(), (std::vector<std::string>{"POST /auth/register", "POST /auth/login"}));
}

TEST_F(ApiClientTest, TellsTheExpectedRefusalsAsNothing) {
  reply_ = {400, R"({"detail":"taken"})", {}};
  EXPECT_EQ(api_.registerUser("ann", "x"), std::nullopt);
  reply_.status = 401;
  EXPECT_EQ(api_.login("ann", "x"), std::nullopt);
  EXPECT_FALSE(api_.findUser("t1"));
  EXPECT_EQ(call_.authorization, "Bearer t1");
}

TEST_F(ApiClientTest, SendsAMessageAndReadsTheInbox) {
  reply_ = {201, R"({"status":"stored","id":7})", {}};
  EXPECT_EQ(api_.send("t", 2, {"Y2lwaGVy", "ab"}, "demo"), 7);
  EXPECT_EQ(call_.body,
            R"({"ciphertext":"Y2lwaGVy","ephemeral_pubkey":"ab","metadata":{"topic":"demo"},"recipient_id":2})");

  reply_ = {200,
            R"({"messages":[{"id":7,"sender_id":1,"recipient_id":2,"ciphertext":"c","ephemeral_pubkey":"e",
                     "metadata":{"topic":"demo"},"created_at":"2026-01-02T03:04:05Z"},
                    {"id":8,"sender_id":1,"recipient_id":2,"ciphertext":"c","ephemeral_pubkey":"e",
                     "metadata":null,"created_at":"2026-01-02T03:04:06Z"}]})",
            {}};
  const std::vector<Message> messages = api_.inboxAfter("t", 6, 50);
  EXPECT_EQ(call_.path, "/messages/inbox?after=6&limit=50");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].id, 7);
  EXPECT_EQ(messages[0].sender_id, 1);
  EXPECT_EQ(messages[0].sealed.ciphertext, "c");
  EXPECT_EQ(messages[0].metadata, R"({"topic":"demo"})");
  EXPECT_EQ(messages[1].metadata, "null");
}

TEST_F(ApiClientTest, PublishesListsAndAcknowledges) {
  reply_ = {201, R"({"status":"public key stored","device_id":3})", {}};
  EXPECT_EQ(api_.publishKey("t", PublicKey{}, "phone"), 3);
  EXPECT_EQ(call_.body, R"({"device_name":"phone","identity_pubkey":")" + std::string(64, '0') + "\"}");
  reply_ = {200, R"({"devices":[{"id":3,"user_id":1,"identity_pubkey":"ab"}]})", {}};
  EXPECT_EQ(api_.devicesOf(1).at(0).identity_pubkey, "ab");
  EXPECT_EQ(call_.path, "/keys/1");
  reply_ = {200, R"({"status":"acknowledged"})", {}};
  api_.acknowledge("t", 7);
  EXPECT_EQ(call_.path, "/messages/7/ack");
}

TEST_F(ApiClientTest, SaysWhatTheServerSaidWhenTheStatusIsAnother) {
  reply_ = {422, R"({"detail":"not a key\u001b","error":"x"})", {}};
  EXPECT_EQ(failureOf([&] { api_.publishKey("t", PublicKey{}, "phone"); }),
            "POST /keys/publish: 422 Unprocessable Entity, expected 201; the server says: not a key?");
  reply_ = {503, "busy", {}};
  EXPECT_EQ(failureOf([&] { api_.version(); }), "GET /health: 503 Service Unavailable, expected 200");
}

TEST_F(ApiClientTest, SaysHowLongToWait) {
  reply_ = {429, R"({"detail":"too many requests"})", {{"Retry-After", "3541"}}};
  EXPECT_EQ(
      failureOf([&] { api_.registerUser("ann", "x"); }),
      "POST /auth/register: 429 Too Many Requests, expected 201; the server says: too many requests; it asks to wait "
      "59 min 1 s before the next try");
}

TEST_F(ApiClientTest, RefusesAnAnswerWithoutWhatItPromises) {
  for (const char* body : {"{}", R"({"messages":7})", R"({"messages":[7]})", R"({"messages":[{"id":"x"}]})"}) {
    reply_ = {200, body, {}};
    EXPECT_NE(failureOf([&] { api_.inboxAfter("t", 0, 1); }).find("GET /messages/inbox?after=0&limit=1: "),
              std::string::npos)
        << body;
  }
  reply_ = {200, "[]", {}};
  EXPECT_EQ(failureOf([&] { api_.version(); }), "GET /health: 200 OK, but no JSON object came with it");
}

}  // namespace
}  // namespace kavro::demo_client
