// HTTP/1.1 as bytes: keep-alive, pipelining, limits, methods. On plain connections, since TLS changes nothing of it.
#include <gtest/gtest.h>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

const std::string kHealth = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

Options plain() {
  Options options;
  options.transport = Transport::kPlain;
  return options;
}

class Http : public ::testing::Test {
 protected:
  // Sends on a connection of its own and reads one answer; after a refusal the server must close.
  int statusOf(const std::string& bytes) {
    RawConnection connection(server_);
    connection.send(bytes);
    const auto reply = connection.readReply();
    if (!reply) return 0;
    if (reply->status >= 400) {
      EXPECT_EQ("application/problem+json", reply->header("Content-Type")) << reply->status;
      EXPECT_EQ(reply->status, reply->integer("status"));
    }
    return reply->status;
  }

  // A refusal after which the next request's start is unknown.
  int refusalOf(const std::string& bytes) {
    RawConnection connection(server_);
    connection.send(bytes);
    const auto reply = connection.readReply();
    if (!reply) return 0;
    EXPECT_EQ("close", reply->header("Connection")) << reply->status;
    EXPECT_TRUE(connection.isClosed()) << reply->status;
    return reply->status;
  }

  static std::string post(const std::string& fields, const std::string& body) {
    return "POST /auth/login HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
  }

  Server server_{plain()};
};

TEST_F(Http, KeepsTheConnection) {
  RawConnection connection(server_);
  for (int i = 0; i < 100; ++i) {
    connection.send(kHealth);
    const auto reply = connection.readReply();
    ASSERT_TRUE(reply) << i;
    ASSERT_EQ(200, reply->status);
    EXPECT_TRUE(reply->header("Date"));
  }
}

TEST_F(Http, ClosesWhenAskedTo) {
  RawConnection connection(server_);
  connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(200, connection.readReply()->status);
  EXPECT_TRUE(connection.isClosed());
}

TEST_F(Http, AnswersOldClients) {
  RawConnection connection(server_);
  connection.send("GET /health HTTP/1.0\r\n\r\n");
  EXPECT_EQ(200, connection.readReply()->status);
  EXPECT_TRUE(connection.isClosed());
}

// Slow answers (a login hashes) and quick ones, sent in one go: they come in the order of the requests.
TEST_F(Http, AnswersPipelinedRequestsInOrder) {
  const std::string body = R"({"username":"nobody","password":"Wrong-Horse-9"})";
  const std::string login = post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
  const std::string missing = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n";
  RawConnection connection(server_);
  std::string all;
  for (int i = 0; i < 3; ++i) all += login + kHealth + missing + kHealth;
  connection.send(all);
  for (int i = 0; i < 3; ++i) {
    for (const int status : {401, 200, 404, 200}) {
      const auto reply = connection.readReply();
      ASSERT_TRUE(reply);
      EXPECT_EQ(status, reply->status);
    }
  }
}

TEST_F(Http, TakesARequestByteByByte) {
  RawConnection connection(server_);
  for (const char byte : kHealth) connection.send(std::string_view(&byte, 1));
  EXPECT_EQ(200, connection.readReply()->status);
}

TEST_F(Http, TakesChunkedBodies) {
  const std::string body = R"({"username":"nobody","password":"Wrong-Horse-9"})";
  EXPECT_EQ(401, statusOf(post("Transfer-Encoding: chunked\r\n",
                               "5\r\n" + body.substr(0, 5) + "\r\n2b;x=y\r\n" + body.substr(5) + "\r\n0\r\n\r\n")));
}

TEST_F(Http, AnswersHeadLikeGetWithoutTheBody) {
  RawConnection connection(server_);
  connection.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + kHealth);
  const auto head = connection.readReply(true);
  ASSERT_TRUE(head);
  const auto get = connection.readReply();
  ASSERT_TRUE(get);
  EXPECT_EQ(200, head->status);
  EXPECT_EQ(get->header("Content-Length"), head->header("Content-Length"));
  EXPECT_EQ(get->header("Content-Type"), head->header("Content-Type"));
}

TEST_F(Http, SaysWhichMethodsThereAre) {
  Client client(server_);
  const Reply reply = client.request("DELETE", "/auth/login");
  EXPECT_EQ(405, reply.status);
  EXPECT_EQ("OPTIONS, POST", reply.header("Allow"));
  const std::string health = client.request("POST", "/health", "{}").header("Allow").value_or("");
  EXPECT_NE(std::string::npos, health.find("GET")) << health;
  EXPECT_NE(std::string::npos, health.find("HEAD")) << health;
  EXPECT_EQ(404, client.request("DELETE", "/nowhere").status);
}

TEST_F(Http, RefusesWhatIsTooLarge) {
  const std::string much(1024 * 1024 + 1, 'x');
  EXPECT_EQ(413, refusalOf(post("Content-Length: 1048577\r\n", "")));
  EXPECT_EQ(413, refusalOf(post("Content-Length: 1048577\r\n", much)));
  EXPECT_EQ(413, refusalOf(post("Transfer-Encoding: chunked\r\n", "100001\r\n" + much + "\r\n0\r\n\r\n")));
  EXPECT_EQ(413, refusalOf(post("Content-Length: 99999999999999999999\r\n", "")));
  EXPECT_EQ(414, refusalOf("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(431, refusalOf("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(40000, 'a') + "\r\n\r\n"));
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += "X: 1\r\n";
  EXPECT_EQ(431, refusalOf("GET /health HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n"));
}

TEST_F(Http, TakesWhatIsJustNotTooLarge) {
  // A body of exactly 1 MiB; it is no JSON, and the answer says so.
  EXPECT_EQ(422, statusOf(post("Content-Length: 1048576\r\n", std::string(1024 * 1024, 'x'))));
  EXPECT_EQ(200, statusOf("GET /health?" + std::string(8000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
}

TEST_F(Http, RefusesWhatCannotBeUnderstood) {
  EXPECT_EQ(400, refusalOf("nonsense\r\n\r\n"));
  EXPECT_EQ(400, refusalOf("GET /health HTTP/1.1\r\n\r\n"));                                            // no Host
  EXPECT_EQ(400, refusalOf("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"));                      // two
  EXPECT_EQ(400, refusalOf("GET /health HTTP/1.1\r\nHost: localhost\r\nX : 1\r\n\r\n"));                // a blank
  EXPECT_EQ(400, refusalOf("GET /health HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n folded\r\n\r\n"));      // obs-fold
  EXPECT_EQ(400, refusalOf(post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx")));                  // smuggling
  EXPECT_EQ(400, refusalOf(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")));  // smuggling
  EXPECT_EQ(400, refusalOf(post("Content-Length: -1\r\n", "")));
  EXPECT_EQ(400, refusalOf(post("Transfer-Encoding: chunked\r\n", "xyz\r\n")));
  EXPECT_EQ(501, refusalOf(post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")));
  EXPECT_EQ(505, refusalOf("GET /health HTTP/2.0\r\nHost: localhost\r\n\r\n"));
}

TEST_F(Http, AnswersOptionsWithWhatThereIs) {
  Client client(server_);
  const Reply reply = client.request("OPTIONS", "/messages/");
  EXPECT_EQ(204, reply.status);
  EXPECT_EQ("OPTIONS, POST", reply.header("Allow"));
  EXPECT_EQ("", reply.body);
  EXPECT_EQ(404, client.request("OPTIONS", "/nowhere").status);
}

TEST(HttpTimeouts, AnswerAndClose) {
  Options options = plain();
  options.settings["http.header_timeout"] = "200ms";
  options.settings["http.body_timeout"] = "200ms";
  options.settings["http.idle_timeout"] = "300ms";
  Server server(options);
  {
    RawConnection connection(server);
    connection.send("GET /health HT");
    const auto reply = connection.readReply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(408, reply->status);
    EXPECT_TRUE(connection.isClosed());
  }
  {
    RawConnection connection(server);
    connection.send("POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
    const auto reply = connection.readReply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(408, reply->status);
    EXPECT_TRUE(connection.isClosed());
  }
  {
    RawConnection connection(server);
    connection.send(kHealth);
    EXPECT_EQ(200, connection.readReply()->status);
    EXPECT_TRUE(connection.isClosed());  // idle: nothing is said
  }
  {
    RawConnection connection(server);  // never said anything
    EXPECT_EQ("", connection.readAll());
  }
}

// What comes now and then puts nothing off, neither single bytes nor whole records of TLS of one byte each.
TEST(HttpTimeouts, AHandshakeThatTricklesInHasItsTime) {
  Options options;
  options.settings["http.handshake_timeout"] = "300ms";
  Server server(options);
  Endpoint plain = server.endpoint();
  plain.tls = false;
  const std::string hello = std::string("\x01\0\x02\0\x03\x03", 6) + std::string(510, 'x');
  const std::string record = std::string("\x16\x03\x01\x02\x04", 5) + hello;
  for (const bool one_record : {true, false}) {
    RawConnection connection(plain);
    const std::string& bytes = one_record ? record : hello;
    bool closed = false;
    for (size_t i = 0; !closed && i < bytes.size(); ++i) {
      connection.send((one_record ? std::string() : std::string("\x16\x03\x01\0\x01", 5)) + bytes[i]);
      closed = connection.isClosed(std::chrono::milliseconds(10));
    }
    EXPECT_TRUE(closed) << one_record;
  }
  EXPECT_EQ(200, Client(server).get("/health").status);
}

TEST(HttpLimits, AreSettings) {
  Options options = plain();
  options.settings["http.body_bytes_max"] = "100B";
  options.settings["http.request_line_bytes_max"] = "256B";
  options.settings["http.header_bytes_max"] = "1KiB";
  options.settings["http.header_fields_max"] = "3";
  Server server(options);
  const auto statusOf = [&](const std::string& bytes) {
    RawConnection connection(server);
    connection.send(bytes);
    const auto reply = connection.readReply();
    return reply ? reply->status : 0;
  };
  const std::string host = " HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_EQ(413, statusOf("POST /auth/login" + host + "Content-Length: 101\r\n\r\n"));
  EXPECT_EQ(422, statusOf("POST /auth/login" + host + "Content-Length: 100\r\n\r\n" + std::string(100, 'x')));
  EXPECT_EQ(414, statusOf("GET /" + std::string(256, 'a') + host + "\r\n"));
  EXPECT_EQ(431, statusOf("GET /health" + host + "X: " + std::string(1024, 'a') + "\r\n\r\n"));
  EXPECT_EQ(431, statusOf("GET /health" + host + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n"));
  EXPECT_EQ(200, statusOf("GET /health" + host + "A: 1\r\nB: 2\r\n\r\n"));
}

// A few connections that send nothing useful do not keep others from being served.
TEST(HttpLimits, IdleConnectionsDoNotBlockOthers) {
  Server server(plain());
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(std::make_unique<RawConnection>(server));
    idle.back()->send("GET /hea");
  }
  EXPECT_EQ(200, Client(server).get("/health").status);
}

TEST(HttpHeaders, AreOnEveryAnswerRefusalsIncluded) {
  Server server(plain());
  const std::pair<const char*, const char*> expected[] = {
      {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"},
      {"Content-Security-Policy", "default-src 'self'"},
      {"X-Frame-Options", "DENY"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-XSS-Protection", "1; mode=block"},
      {"Cache-Control", "no-store"},
  };
  for (const std::string& bytes :
       {kHealth, std::string("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        std::string("GET /auth/me HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        std::string("DELETE /health HTTP/1.1\r\nHost: localhost\r\n\r\n"), std::string("nonsense\r\n\r\n")}) {
    RawConnection connection(server);
    connection.send(bytes);
    const auto reply = connection.readReply();
    ASSERT_TRUE(reply);
    for (const auto& [name, value] : expected) {
      EXPECT_EQ(value, reply->header(name)) << bytes;
      EXPECT_EQ(1u, reply->count(name)) << bytes;
    }
    for (const char* name : {"Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"}) {
      EXPECT_EQ(1u, reply->count(name)) << name << ": " << bytes;
    }
  }
}

}  // namespace
}  // namespace kavro::testing
