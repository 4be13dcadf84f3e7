// The kernel's promises to requests and to plugins, tried on the real server with a plugin that misbehaves.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/scenarios/client.hpp"
#include "tests/scenarios/installation.hpp"
#include "tests/scenarios/raw_connection.hpp"
#include "tests/scenarios/reply.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

Options probeOptions() {
  Options options;
  options.plugins = {"probe"};
  options.plugin_path = KAVRO_TEST_PROBE;
  options.transport = Transport::kPlain;
  return options;
}

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() : server(probeOptions()), client(server) {}

  Reply getAs(const std::string& wish, const std::string& path = "/probe/plain") {
    return client.get(path, {{"X-Probe", wish}});
  }
  // Until `count` requests wait in /probe/wait.
  void awaitWaiting(int count) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (client.get("/probe/waiting").body != std::to_string(count)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }

  Server server;
  Client client;
};

TEST_F(PipelineTest, APlainHandlerRunsAndAnswers) {
  const Reply reply = client.get("/probe/plain?text=a%20b+c");
  EXPECT_EQ(200, reply.status);
  EXPECT_EQ("a b c", reply.body);
  EXPECT_EQ("text/plain; charset=utf-8", reply.header("Content-Type"));
}

TEST_F(PipelineTest, ACoroutineComesHomeFromAnotherThread) {
  EXPECT_EQ("/probe/thread home", client.get("/probe/thread").body);
  EXPECT_EQ("/probe/thread home", client.get("/api/v1/probe/thread").body);
}

TEST_F(PipelineTest, PathParametersAreDecodedAndNotSplit) {
  EXPECT_EQ("a/b|c d", client.get("/probe/a%2Fb/and/c%20d").body);
  EXPECT_EQ(404, client.get("/probe//and/x").status);
}

TEST_F(PipelineTest, ATrailingSlashIsTheSameRoute) { EXPECT_EQ(200, client.get("/probe/plain/").status); }

TEST_F(PipelineTest, AHandlerThatThrowsIsA500WithoutItsReason) {
  for (const char* path : {"/probe/throw", "/probe/throw-later"}) {
    const Reply reply = client.get(path);
    EXPECT_EQ(500, reply.status) << path;
    EXPECT_EQ(std::string::npos, reply.body.find("failure")) << reply.body;
    EXPECT_EQ("application/problem+json", reply.header("Content-Type"));
  }
  EXPECT_EQ(0, server.stop());
  EXPECT_NE(std::string::npos, server.log().find("error probe: GET /probe/throw: plain \\x0d\\n failure"));
  EXPECT_NE(std::string::npos, server.log().find("error probe: GET /probe/throw-later: late failure"));
}

TEST_F(PipelineTest, WhatIsNotAvailableIsA503WithRetryAfter) {
  const Reply reply = client.get("/probe/unavailable");
  EXPECT_EQ(503, reply.status);
  EXPECT_EQ("1", reply.header("Retry-After"));
}

TEST_F(PipelineTest, OnlyTheFirstOfTwoAnswersIsSent) {
  EXPECT_EQ("first", client.get("/probe/twice").body);
  EXPECT_EQ("none", client.get("/probe/plain").body);
  EXPECT_EQ(0, server.stop());
}

TEST_F(PipelineTest, AnAnswerThatWouldSplitTheHeaderIsA500) {
  for (const char* path : {"/probe/bad-field", "/probe/kernel-field"}) {
    const Reply reply = client.get(path);
    EXPECT_EQ(500, reply.status) << path;
    EXPECT_FALSE(reply.header("Set-Cookie"));
  }
}

TEST_F(PipelineTest, FiltersContinueRefuseAndAddFields) {
  EXPECT_EQ(200, getAs("").status);
  EXPECT_EQ(429, getAs("refuse").status);
  EXPECT_EQ("by a filter", getAs("add").header("X-Added"));
  EXPECT_FALSE(getAs("").header("X-Added"));
}

TEST_F(PipelineTest, FiltersSuspendAndResumeFromAnotherThread) {
  EXPECT_EQ(200, getAs("suspend").status);
  EXPECT_EQ(200, getAs("suspend", "/probe/thread").status);
  EXPECT_EQ(403, getAs("suspend-refuse").status);
}

TEST_F(PipelineTest, AFilterThatThrowsClosesTheDoor) {
  for (const char* wish : {"throw", "suspend-throw"}) {
    const Reply reply = getAs(wish);
    EXPECT_EQ(503, reply.status) << wish;
    EXPECT_EQ(std::string::npos, reply.body.find("failure")) << reply.body;
  }
  EXPECT_EQ(200, client.get("/health").status);
}

TEST_F(PipelineTest, ConstantFieldsAndResponseFiltersReachRefusalsToo) {
  EXPECT_EQ("on everything", client.get("/health").header("X-Constant"));
  const Reply missing = client.get("/nothing/here");
  EXPECT_EQ(404, missing.status);
  EXPECT_EQ("on everything", missing.header("X-Constant"));
  EXPECT_EQ("404", missing.header("X-Status"));
  RawConnection raw(server);
  raw.send("GET / HTTP/1.1\r\n\r\n");  // no Host
  const auto refused = raw.readReply();
  ASSERT_TRUE(refused);
  EXPECT_EQ(400, refused->status);
  EXPECT_EQ("on everything", refused->header("X-Constant"));
  EXPECT_TRUE(raw.isClosed());
}

TEST_F(PipelineTest, PipelinedRequestsAreAnsweredInOrderWhateverRunsWhere) {
  RawConnection raw(server);
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    const std::string path = i % 3 == 0 ? "/probe/plain?text=" : i % 3 == 1 ? "/probe/x/and/" : "/probe/thread?";
    requests += "GET " + path + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  raw.send(requests);
  for (int i = 0; i < 50; ++i) {
    const auto reply = raw.readReply();
    ASSERT_TRUE(reply) << i;
    const std::string expected = i % 3 == 0 ? std::to_string(i) : i % 3 == 1 ? "x|" + std::to_string(i)
                                                                             : "/probe/thread home";
    EXPECT_EQ(expected, reply->body) << i;
  }
}

TEST_F(PipelineTest, BodiesAreWholeHoweverTheyCome) {
  const std::string body(200'000, 'x');
  EXPECT_EQ(body, client.post("/probe/echo", body).body);
  RawConnection raw(server);
  raw.send("POST /probe/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
           "POST /probe/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nfg");
  EXPECT_EQ("abcde", raw.readReply()->body);
  EXPECT_EQ("fg", raw.readReply()->body);
}

TEST_F(PipelineTest, ContinueIsSentToWhoWaitsForIt) {
  RawConnection raw(server);
  raw.send("POST /probe/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  const auto interim = raw.readReply();
  ASSERT_TRUE(interim);
  EXPECT_EQ(100, interim->status);
  raw.send("abc");
  EXPECT_EQ("abc", raw.readReply()->body);
}

TEST_F(PipelineTest, AClientThatLeavesEarlyHurtsNobody) {
  {
    RawConnection leaver(server);
    leaver.send("GET /probe/wait HTTP/1.1\r\nHost: a\r\n\r\n");
    awaitWaiting(1);
  }
  EXPECT_EQ(200, client.post("/probe/release").status);
  EXPECT_EQ(200, client.get("/health").status);
  EXPECT_EQ(0, server.stop());
}

TEST_F(PipelineTest, BlockedWorkersDoNotStallTheReactor) {
  std::vector<std::future<Reply>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::async(std::launch::async, [this] { return Client(server).get("/probe/wait"); }));
  }
  awaitWaiting(4);  // all four workers
  EXPECT_EQ(200, client.get("/health").status);
  EXPECT_EQ("/probe/thread home", client.get("/probe/thread").body);
  EXPECT_EQ(200, client.post("/probe/release").status);
  for (auto& reply : waiting) EXPECT_EQ("waited", reply.get().body);
}

TEST_F(PipelineTest, AnOrderlyStopAnswersWhatRuns) {
  auto waiting = std::async(std::launch::async, [this] { return Client(server).get("/probe/wait"); });
  awaitWaiting(1);
  EXPECT_EQ(0, server.stop());  // drain() lets it go
  const Reply reply = waiting.get();
  EXPECT_EQ("waited", reply.body);
  EXPECT_EQ("close", reply.header("Connection"));
}

TEST(PipelineStartTest, APluginThatFailsIsNamedAndNothingIsServed) {
  for (const std::string where : {"create", "start"}) {
    Options options = probeOptions();
    options.settings["probe.fail_in"] = where;
    const ProgramResult result = Installation(options).run({"run"});
    EXPECT_EQ(78, result.status);
    EXPECT_NE(std::string::npos, result.errors.find("probe")) << result.errors;
    EXPECT_NE(std::string::npos, result.errors.find("told to fail in " + where)) << result.errors;
  }
}

TEST(PipelineStartTest, APortThatIsTakenIsRefused) {
  Server first(probeOptions());
  Options options = probeOptions();
  options.settings["http.listen"] = "http://127.0.0.1:" + std::to_string(first.port());
  const ProgramResult result = Installation(options).run({"run"});
  EXPECT_EQ(78, result.status);
  EXPECT_NE(std::string::npos, result.errors.find("[http] listen 127.0.0.1:" + std::to_string(first.port())))
      << result.errors;
  EXPECT_EQ(200, Client(first).get("/health").status);
}

}  // namespace
}  // namespace kavro::testing
