#include "conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "temporary_folder.hpp"
#include "test_server.hpp"

namespace kavro::demo_client {
namespace {

using Poco::JSON::Object;
using testing::Call;
using testing::failureOf;

constexpr const char* kText = "Only Bob shall read this: grüße";

class ConversationTest : public ::testing::Test {
 protected:
  void converseAnew() { converse(kText, "", api_, keys_, transcript_); }

  std::size_t callsTo(const std::string& call) const {
    return static_cast<std::size_t>(std::ranges::count(server_.calls(), call));
  }

  testing::TemporaryFolder folder_;
  testing::KavroModel kavro_;
  std::string received_;  // every byte that the server got
  testing::TestServer server_{[this](const Call& call) {
    received_ += call.path + call.authorization + call.body;
    return kavro_(call);
  }};
  HttpsClient http_{server_.url(), server_.certificate(), {}};
  ApiClient api_{http_};
  KeyStore keys_{folder_.path() / "keys"};
  std::ostringstream output_;
  Transcript transcript_{output_};
};

TEST_F(ConversationTest, BringsAlicesTextToBobAndNotToTheServer) {
  converseAnew();
  EXPECT_NE(output_.str().find(kText), std::string::npos);
  EXPECT_NE(output_.str().find(kavro_.messages.at(0)->getValue<std::string>("ciphertext").substr(0, 40)),
            std::string::npos);
  EXPECT_EQ(received_.find("Only Bob"), std::string::npos);
  EXPECT_EQ(received_.find(keys_.getKeyPair("alice_demo").privateHex()), std::string::npos);
  EXPECT_EQ(received_.find(keys_.getKeyPair("bob_demo").privateHex()), std::string::npos);
  EXPECT_EQ(callsTo("POST /messages/1/ack"), 1U);
  EXPECT_EQ(output_.str().find(keys_.getPassword("bob_demo")), std::string::npos);
}

TEST_F(ConversationTest, PublishesOnceAndReadsOnFromTheLastMessage) {
  converseAnew();
  converseAnew();
  converseAnew();
  EXPECT_EQ(kavro_.devices.size(), 2U);
  EXPECT_EQ(callsTo("POST /auth/register"), 2U);
  EXPECT_EQ(callsTo("POST /auth/login"), 0U);
  EXPECT_EQ(callsTo("GET /messages/inbox?after=2&limit=50"), 1U);
  EXPECT_EQ(keys_.lastSeen("bob_demo"), 3);
}

TEST_F(ConversationTest, FindsTheMessageBehindFullPages) {
  converseAnew();
  for (int count = 0; count < 120; ++count) {  // somebody else writes to Bob meanwhile
    Object::Ptr other = new Object(*kavro_.messages.at(0));
    other->set("id", kavro_.messages.size() + 1);
    kavro_.messages.push_back(other);
  }
  converseAnew();
  EXPECT_EQ(keys_.lastSeen("bob_demo"), 122);
}

TEST_F(ConversationTest, GoesOnWithANewDatabase) {
  keys_.keepLastSeen("bob_demo", 1000);
  converseAnew();
  EXPECT_EQ(keys_.lastSeen("bob_demo"), 1);
}

TEST_F(ConversationTest, FailsWhenTheServerChangesTheMessage) {
  kavro_.tamper = [](Object& message) {
    message.set("ciphertext", "AAAAAAAA" + message.getValue<std::string>("ciphertext").substr(8));
  };
  EXPECT_EQ(failureOf([&] { converseAnew(); }),
            "Bob cannot decrypt what the server handed him: it is not what Alice sent");
}

TEST_F(ConversationTest, FailsWhenTheServerWritesAMessageOfItsOwn) {
  kavro_.tamper = [this](Object& message) {
    const SealedMessage forged = seal("No lunch today", keys_.getKeyPair("bob_demo").publicKey());
    message.set("ciphertext", forged.ciphertext);
    message.set("ephemeral_pubkey", forged.ephemeral_pubkey);
  };
  EXPECT_EQ(failureOf([&] { converseAnew(); }), "what Bob read is not what Alice wrote");
}

TEST_F(ConversationTest, FailsWhenTheServerNamesAnotherSender) {
  kavro_.tamper = [](Object& message) { message.set("sender_id", 2); };
  EXPECT_EQ(failureOf([&] { converseAnew(); }), "the message that Bob got is not said to be from Alice");
}

TEST_F(ConversationTest, FailsWhenTheMessageDoesNotArrive) {
  kavro_.tamper = [](Object& message) { message.set("recipient_id", 1); };
  EXPECT_EQ(failureOf([&] { converseAnew(); }), "message 1 was acknowledged as stored, but is not in the inbox");
}

TEST_F(ConversationTest, SendsNothingWhenTheServerListsAKeyOfItsOwn) {
  kavro_.publish_as = toHex(KeyPair::generate().publicKey());
  EXPECT_EQ(failureOf([&] { converseAnew(); }),
            "the server does not list the key that bob_demo published; nothing was sent");
  EXPECT_EQ(callsTo("POST /messages/"), 0U);
}

}  // namespace
}  // namespace kavro::demo_client
