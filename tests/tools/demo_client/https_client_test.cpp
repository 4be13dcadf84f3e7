#include "https_client.hpp"

#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "test_server.hpp"

namespace kavro::demo_client {
namespace {

using testing::Call;
using testing::failureOf;
using testing::Reply;
using testing::TestServer;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Answer get(const std::string& url, const std::filesystem::path& trusted) {
  return HttpsClient(url, trusted, {}).request("GET", "/", "", "");
}

TEST(HttpsClient, SendsWhatItIsToldAndBringsTheAnswer) {
  Call seen;
  TestServer server([&](const Call& call) {
    seen = call;
    return Reply{429, R"({"detail":"slowly"})", {{"Retry-After", "120"}}};
  });
  std::string observed;
  HttpsClient client(server.url(), server.certificate(),
                     [&](const auto& method, const auto& path, const Answer& answer) {
                       observed = method + ' ' + path + ' ' + std::to_string(answer.status);
                     });
  const Answer answer = client.request("POST", "/x?y=1", "secret", R"({"a":1})");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/x?y=1");
  EXPECT_EQ(seen.authorization, "Bearer secret");
  EXPECT_EQ(seen.body, R"({"a":1})");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.reason, "Too Many Requests");
  ASSERT_TRUE(answer.json);
  EXPECT_EQ(answer.json->getValue<std::string>("detail"), "slowly");
  EXPECT_EQ(answer.retry_after, std::chrono::seconds(120));
  EXPECT_EQ(observed, "POST /x?y=1 429");
}

TEST(HttpsClient, TellsAnAnswerThatIsNoJsonObject) {
  std::string body = "<html>";
  TestServer server([&](const Call&) { return Reply{502, body, {{"Retry-After", "tomorrow"}}}; });
  HttpsClient client(server.url(), server.certificate(), {});
  for (const char* each : {"<html>", "[1]", "", "{\"a\":"}) {
    body = each;
    const Answer answer = client.request("GET", "/", "", "");
    EXPECT_FALSE(answer.json) << each;
    EXPECT_EQ(answer.body, each);
    EXPECT_EQ(answer.retry_after, std::nullopt);
  }
}

TEST(HttpsClient, TrustsTheNamedCertificateForTheNamesInIt) {
  TestServer server([](const Call&) { return Reply{}; });
  EXPECT_EQ(get(server.url("localhost"), server.certificate()).status, 200);
  EXPECT_EQ(get(server.url("127.0.0.1"), server.certificate()).status, 200);
}

TEST(HttpsClient, RefusesAnotherCertificateBeforeAnythingIsSent) {
  TestServer server([](const Call&) { return Reply{}; });
  TestServer other([](const Call&) { return Reply{}; });
  const std::string message = failureOf([&] { get(server.url(), other.certificate()); });
  EXPECT_TRUE(contains(message, "certificate is not trusted: self-signed certificate")) << message;
  EXPECT_TRUE(contains(message, other.certificate().string())) << message;
  EXPECT_TRUE(server.calls().empty());
}

TEST(HttpsClient, RefusesACertificateForAnotherHost) {
  TestServer server([](const Call&) { return Reply{}; });
  // Another way to write 127.0.0.1, which reaches the server and is not in its certificate.
  const std::string message = failureOf([&] { get(server.url("0x7f.1"), server.certificate()); });
  EXPECT_TRUE(contains(message, "certificate is not trusted: ")) << message;
  EXPECT_TRUE(contains(message, "mismatch")) << message;
  EXPECT_TRUE(server.calls().empty());
}

TEST(HttpsClient, SaysWhenNobodyListens) {
  TestServer certified([](const Call&) { return Reply{}; });
  Poco::Net::ServerSocket free_port(Poco::Net::SocketAddress("127.0.0.1", 0));
  const std::string url = "https://127.0.0.1:" + std::to_string(free_port.address().port());
  free_port.close();
  EXPECT_EQ(failureOf([&] { get(url, certified.certificate()); }),
            url + ": connection refused; is the server running? tools/run starts it");
}

TEST(HttpsClient, RefusesAnAnswerOverTheLimit) {
  const std::string body(kAnswerBytesMax + 1, ' ');
  TestServer server([&](const Call&) { return Reply{200, body, {}}; });
  EXPECT_TRUE(contains(failureOf([&] { get(server.url(), server.certificate()); }), "larger than 16 MiB"));
}

TEST(HttpsClient, TakesOnlyTheOriginOfAnHttpsServer) {
  TestServer server([](const Call&) { return Reply{}; });
  for (const char* url :
       {"http://localhost:1", "localhost:1", "", "https://", "https://localhost/x", "https://a@b", "%"}) {
    EXPECT_TRUE(contains(failureOf([&] { HttpsClient(url, server.certificate(), {}); }), "https://HOST:PORT")) << url;
  }
}

TEST(HttpsClient, SaysWhichFileHoldsNoCertificate) {
  testing::TemporaryFolder folder;
  testing::writeFile(folder.path() / "empty.crt", "");
  for (const char* name : {"empty.crt", "missing.crt"}) {
    const std::string file = (folder.path() / name).string();
    EXPECT_EQ(failureOf([&] { HttpsClient("https://localhost", file, {}); }),
              file + ": no certificate in PEM form can be read from it; --ca names the one to trust");
  }
}

}  // namespace
}  // namespace kavro::demo_client
