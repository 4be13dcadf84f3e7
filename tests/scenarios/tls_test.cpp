// TLS: versions, the certificate, connections that do not behave.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

const std::string kHealth = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST(Tls, SpeaksTheTwoCurrentVersions) {
  Server server;
  for (const auto& [version, name] : {std::pair(TLS1_2_VERSION, "TLSv1.2"), std::pair(TLS1_3_VERSION, "TLSv1.3")}) {
    RawConnection connection(server, {version, version});
    EXPECT_EQ(name, connection.tlsVersion());
    connection.send(kHealth);
    EXPECT_EQ(200, connection.readReply()->status);
  }
}

TEST(Tls, RefusesOldVersions) {
  Server server;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    try {
      RawConnection connection(server, {version, version});
      ADD_FAILURE() << "spoke " << connection.tlsVersion();
    } catch (const std::runtime_error& error) {
      // It must be the server who refuses, not the client's library.
      EXPECT_NE(std::string::npos, std::string(error.what()).find("alert protocol version")) << error.what();
    }
  }
  EXPECT_EQ(200, Client(server).get("/health").status);
}

TEST(Tls, CanBeLimitedToTheNewestVersion) {
  Options options;
  options.settings["tls.minimum_version"] = "1.3";
  Server server(options);
  EXPECT_THROW(RawConnection(server, {TLS1_2_VERSION, TLS1_2_VERSION}), std::runtime_error);
  EXPECT_EQ("TLSv1.3", RawConnection(server).tlsVersion());
}

TEST(Tls, ServesOthersAfterClientsThatDoNotShakeHands) {
  Server server;
  Endpoint plain = server.endpoint();
  plain.tls = false;
  RawConnection silent(plain);
  RawConnection wrong(plain);
  wrong.send(kHealth);  // plain HTTP to a TLS port
  const std::string answer = wrong.readAll();
  EXPECT_EQ(std::string::npos, answer.find("200")) << answer;
  EXPECT_EQ(200, Client(server).get("/health").status);
  EXPECT_EQ(0, server.stop());
}

TEST(Tls, AnswersManyPipelinedRequestsOfOneRecord) {
  Server server;
  RawConnection connection(server);
  std::string all;
  for (int i = 0; i < 200; ++i) all += kHealth;
  connection.send(all);  // more than one read of the server's, less than a TLS record holds
  for (int i = 0; i < 200; ++i) {
    const auto reply = connection.readReply();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(200, reply->status);
  }
}

TEST(Tls, TakesALargeBody) {
  Server server;
  Client client(server);
  const std::string token = client.registerUser("alice");
  const std::string ciphertext((600 * 1024 + 2) / 3 * 4, 'A');
  const Reply reply = client.bearer(token).post(
      "/messages/", R"({"recipient_id":)" + std::to_string(client.userId(token)) + R"(,"ciphertext":")" + ciphertext +
                        R"(","ephemeral_pubkey":"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"})");
  EXPECT_EQ(201, reply.status) << reply.body;
  const auto messages = client.get("/messages/inbox").array("messages");
  ASSERT_EQ(1u, messages->size());
  EXPECT_EQ(ciphertext, messages->getObject(0)->getValue<std::string>("ciphertext"));
}

}  // namespace
}  // namespace kavro::testing
