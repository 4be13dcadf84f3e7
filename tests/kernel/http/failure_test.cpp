// What the kernel does when a plugin throws, answers late or never, blocks a worker or a reactor, or fails again and
// again: the policy is applied, others are served, the log says who it was, and what is held stays valid.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <kavro/text.hpp>

#include "kernel/http/exchange.hpp"
#include "tests/kernel/http/plain_server.hpp"

namespace kavro::http {
namespace {

using namespace std::chrono_literals;

// What its handlers and filters do is in the request's path or in its switches.
struct Misbehaving {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  std::vector<kavro_exchange*> held;
  std::atomic<int> calls{0};
  std::atomic<bool> fails{true};
  std::atomic<bool> inside{false};

  void hold(kavro_exchange* exchange) {
    const std::lock_guard lock(mutex);
    held.push_back(exchange);
  }
  std::vector<kavro_exchange*> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(held, {});
  }
  void block() {
    std::unique_lock lock(mutex);
    inside = true;
    changed.wait(lock, [this] { return open; });
    inside = false;
  }
  void release() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }

  static Misbehaving& of(void* user) {
    auto& self = *static_cast<Misbehaving*>(user);
    ++self.calls;
    return self;
  }
  static void handleThrow(void* user, kavro_exchange*, const kavro_request*) {
    of(user);
    throw std::runtime_error("through the boundary");
  }
  static void handleNever(void* user, kavro_exchange* exchange, const kavro_request*) { of(user).hold(exchange); }
  static void handleBlock(void* user, kavro_exchange* exchange, const kavro_request* request) {
    of(user).block();
    PlainServer::ok(nullptr, exchange, request);
  }
  static void handleFailing(void* user, kavro_exchange* exchange, const kavro_request* request) {
    if (of(user).fails) return Exchange::of(exchange).abandon(KAVRO_ERROR, "told to");
    PlainServer::ok(nullptr, exchange, request);
  }
  static void handleAway(void* user, kavro_exchange* exchange, const kavro_request*) {
    of(user);
    Exchange::of(exchange).abandon(KAVRO_UNAVAILABLE, "the database is away");
  }
  static std::int32_t filterThrow(void* user, kavro_exchange*, const kavro_request*) {
    of(user);
    throw 7;
  }
  static std::int32_t filterFail(void* user, kavro_exchange*, const kavro_request*) {
    of(user);
    return KAVRO_FILTER_FAILED;
  }
  static std::int32_t filterSuspend(void* user, kavro_exchange* exchange, const kavro_request*) {
    of(user).hold(exchange);
    return KAVRO_FILTER_SUSPENDED;
  }
};

FailurePolicy quick(OnFailure on_failure = OnFailure::kClosed) {
  FailurePolicy policy;
  policy.on_failure = on_failure;
  policy.filter_timeout = 100ms;
  policy.handler_timeout = 100ms;
  policy.quarantine_share = 0;
  return policy;
}

class FailureTest : public ::testing::Test {
 protected:
  explicit FailureTest(ServerOptions options = {}) : server(options) {}

  Server::Statistics statistics() { return server.server().statistics(); }

  LogText log;
  Misbehaving plugin;
  PlainServer server;
};

TEST_F(FailureTest, AnExceptionThroughTheBoundaryIsA500AndNamesThePlugin) {
  const auto bad = server.plugin("bad", quick());
  server.route(bad, "/throw", Misbehaving::handleThrow, &plugin);
  server.route(bad, "/throw-on-worker", Misbehaving::handleThrow, &plugin, KAVRO_ROUTE_BLOCKING);
  server.start();
  for (const char* path : {"/throw", "/throw-on-worker"}) {
    const PlainReply reply = server.get(path);
    EXPECT_EQ(500, reply.status) << path;
    EXPECT_FALSE(reply.has("boundary"));
    EXPECT_TRUE(reply.has("\r\nX-Request-ID: ") && reply.has("\"request_id\":\""));
  }
  EXPECT_EQ(200, server.get("/ok").status);
  EXPECT_EQ(2u, bad.calls->totals().failures);
  EXPECT_NE(std::string::npos, log.text().find("error bad: GET /throw: ")) << log.text();
}

TEST_F(FailureTest, AFilterThatThrowsClosesTheDoorOrNot) {
  const auto closed = server.plugin("closed", quick());
  server.filter(closed, KAVRO_PHASE_ADMIT, Misbehaving::filterThrow, &plugin);
  server.start();
  EXPECT_EQ(503, server.get("/ok").status);
}

TEST_F(FailureTest, AnOpenFilterThatThrowsLetsTheRequestPass) {
  const auto open = server.plugin("open", quick(OnFailure::kOpen));
  server.filter(open, KAVRO_PHASE_ADMIT, Misbehaving::filterThrow, &plugin);
  server.filter(open, KAVRO_PHASE_RESPOND, Misbehaving::filterThrow, &plugin);
  server.filter(open, KAVRO_PHASE_OBSERVE, Misbehaving::filterFail, &plugin);
  server.start();
  EXPECT_EQ(200, server.get("/ok").status);
  EXPECT_EQ(3, plugin.calls);
  EXPECT_TRUE(eventually([&] { return open.calls->totals().failures == 3; }));
}

TEST_F(FailureTest, AHandlerThatNeverAnswersIsA503AndMayStillAnswerLate) {
  const auto bad = server.plugin("bad", quick());
  server.route(bad, "/never", Misbehaving::handleNever, &plugin);
  server.start();
  const PlainReply reply = server.get("/never");
  EXPECT_EQ(503, reply.status);
  EXPECT_TRUE(reply.has("Retry-After: 1"));
  EXPECT_NE(std::string::npos, log.text().find("error bad: GET /never: its handler did not answer within 100 ms"));
  EXPECT_EQ(1u, statistics().held);
  EXPECT_EQ(1u, statistics().expired);
  // The client has gone. All that the holder may call is without effect and without harm.
  for (kavro_exchange* exchange : plugin.take()) {
    Exchange& late = Exchange::of(exchange);
    late.addField("X-Late", "1");
    late.setPrincipal(1, "late");
    EXPECT_NE(nullptr, late.allocate(100, 8));
    std::promise<void> posted;
    late.post([](void* user) { static_cast<std::promise<void>*>(user)->set_value(); }, &posted);
    posted.get_future().wait();
    late.abandon(KAVRO_ERROR, "late");
  }
  EXPECT_TRUE(eventually([&] { return statistics().held == 0; }));
  EXPECT_EQ(1u, bad.calls->totals().failures);
  EXPECT_NE(std::string::npos, log.text().find("information bad: GET /never: a request that had run out of time"));
}

TEST_F(FailureTest, ASuspendedFilterHasItsTimeAndThenItsPolicy) {
  const auto closed = server.plugin("closed", quick());
  server.filter(closed, KAVRO_PHASE_AUTHORISE, Misbehaving::filterSuspend, &plugin);
  server.start();
  EXPECT_EQ(503, server.get("/ok").status);
  for (kavro_exchange* exchange : plugin.take()) Exchange::of(exchange).resume(KAVRO_FILTER_CONTINUE);
  EXPECT_TRUE(eventually([&] { return statistics().held == 0; }));
}

std::int32_t addsAndNames(void*, kavro_exchange* exchange, const kavro_request*) {
  Exchange::of(exchange).addField("X-Before", "kept");
  Exchange::of(exchange).setPrincipal(42, "alice");
  return KAVRO_FILTER_CONTINUE;
}

void handleWho(void*, kavro_exchange* exchange, const kavro_request* request) {
  const std::string body = std::string(fromAbi(request->principal->name)) + "|" + std::string(fromAbi(request->query));
  kavro_response response{};
  response.size = sizeof response;
  response.status = 200;
  response.body = toAbi(body);
  Exchange::of(exchange).respond(response);
}

TEST_F(FailureTest, AnOpenFilterThatNeverDecidesLetsTheSameRequestPass) {
  const auto open = server.plugin("open", quick(OnFailure::kOpen));
  server.filter(open, KAVRO_PHASE_AUTHENTICATE, addsAndNames, nullptr);
  server.filter(open, KAVRO_PHASE_AUTHORISE, Misbehaving::filterSuspend, &plugin);
  server.route(open, "/who", handleWho, nullptr, KAVRO_ROUTE_PRINCIPAL);
  server.start();
  const PlainReply reply = server.get("/who?x=1");
  EXPECT_EQ(200, reply.status);
  EXPECT_TRUE(reply.has("X-Before: kept") && reply.has("alice|x=1")) << reply.text;
  for (kavro_exchange* exchange : plugin.take()) Exchange::of(exchange).respond(kavro_response{});
  EXPECT_TRUE(eventually([&] { return statistics().held == 0; }));
}

// respond() from another thread at the moment of expiry: the client has exactly one answer, whoever was first.
TEST_F(FailureTest, AnswersAtTheMomentOfExpiryAreEitherSentOrFreed) {
  FailurePolicy policy = quick();
  policy.handler_timeout = 1ms;  // looked at some ten times a second
  const auto racing = server.plugin("racing", policy);
  server.route(racing, "/race", Misbehaving::handleNever, &plugin);
  server.start();
  std::atomic<bool> over{false};
  std::thread answers([&] {
    while (!over) {
      for (kavro_exchange* exchange : plugin.take()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(++plugin.calls % 110));
        PlainServer::ok(nullptr, exchange, nullptr);
      }
    }
  });
  std::vector<std::future<int>> clients;
  for (int client = 0; client < 4; ++client) {
    clients.push_back(std::async(std::launch::async, [this] {
      int answered = 0;
      for (int i = 0; i < 15; ++i) {
        const int status = server.get("/race").status;
        answered += status == 200 || status == 503 ? 1 : 0;
      }
      return answered;
    }));
  }
  for (auto& client : clients) EXPECT_EQ(15, client.get());
  EXPECT_TRUE(eventually([&] { return statistics().held == 0 && statistics().running == 0; }));
  over = true;
  answers.join();
}

TEST_F(FailureTest, WorkersThatAreStuckAreReplaced) {
  const auto bad = server.plugin("bad", quick());
  const auto good = server.plugin("good", quick());
  server.route(bad, "/block", Misbehaving::handleBlock, &plugin, KAVRO_ROUTE_BLOCKING);
  server.route(good, "/work", PlainServer::ok, nullptr, KAVRO_ROUTE_BLOCKING);
  server.start();
  std::vector<std::future<PlainReply>> blocked;
  for (int i = 0; i < 4; ++i)
    blocked.push_back(std::async(std::launch::async, [this] { return server.get("/block"); }));
  for (auto& reply : blocked) EXPECT_EQ(503, reply.get().status);
  EXPECT_TRUE(eventually([&] { return server.get("/work").status == 200; }));  // both threads of the pool are stuck
  plugin.release();
  EXPECT_TRUE(eventually([&] { return statistics().held == 0 && statistics().stuck_workers == 0; }));
  EXPECT_EQ(200, server.get("/work").status);
}

TEST_F(FailureTest, WhoFailsAgainAndAgainIsQuarantinedTriedAndReleased) {
  FailurePolicy policy;
  policy.quarantine_calls_min = 5;
  policy.quarantine_time = 100ms;
  const auto bad = server.plugin("bad", policy);
  server.route(bad, "/failing", Misbehaving::handleFailing, &plugin);
  server.route(bad, "/away", Misbehaving::handleAway, &plugin);
  server.start();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(503, server.get("/away").status);  // no fault of its own
  EXPECT_EQ(PluginCalls::State::kClosed, bad.calls->state());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(500, server.get("/failing").status);
  const int calls = plugin.calls;
  const PlainReply refused = server.get("/failing");
  EXPECT_EQ(503, refused.status);
  EXPECT_TRUE(refused.has("Retry-After: 1"));
  EXPECT_EQ(calls, plugin.calls);
  EXPECT_EQ(200, server.get("/ok").status);
  plugin.fails = false;
  EXPECT_TRUE(eventually([&] { return server.get("/failing").status == 200; }));
  EXPECT_TRUE(eventually([&] {
    server.get("/failing");
    return bad.calls->state() == PluginCalls::State::kClosed;
  }));
  for (const char* line : {"bad: quarantined for 100 ms: 5 of its last 5 calls failed", "bad: is tried again",
                           "bad: released from quarantine"}) {
    EXPECT_NE(std::string::npos, log.text().find(line)) << line << "\n" << log.text();
  }
}

// RFC 9110, 13.2.1: a condition counts only where the request would not be refused anyway.
TEST_F(FailureTest, AConditionThatFailsIsNoTrialOfAQuarantinedHandler) {
  FailurePolicy policy;
  policy.quarantine_calls_min = 2;
  policy.quarantine_time = 100ms;
  const auto bad = server.plugin("bad", policy);
  const std::string condition = "If-Match: \"x\"\r\n";
  server.route(bad, "/failing", Misbehaving::handleFailing, &plugin, 0, "PUT");
  server.start();
  EXPECT_EQ(412, server.put("/failing", condition).status);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(500, server.put("/failing").status);
  EXPECT_EQ(503, server.put("/failing", condition).status);
  EXPECT_EQ(2, plugin.calls);
  EXPECT_TRUE(eventually([&] { return server.put("/failing", condition).status == 412; }));
  EXPECT_EQ(2, plugin.calls) << "the trial has not been used up";
  plugin.fails = false;
  EXPECT_EQ(200, server.put("/failing").status);
}

TEST_F(FailureTest, AQuarantinedFilterKeepsItsDoorShut) {
  FailurePolicy policy;
  policy.quarantine_calls_min = 2;
  const auto closed = server.plugin("closed", policy);
  server.filter(closed, KAVRO_PHASE_ADMIT, Misbehaving::filterFail, &plugin);
  server.start();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(503, server.get("/ok").status);
  EXPECT_EQ(2, plugin.calls);
}

class BlockedReactorTest : public FailureTest {
 protected:
  BlockedReactorTest() : FailureTest(options()) {}
  static ServerOptions options() {
    ServerOptions options;
    options.block_timeout = 100ms;
    return options;
  }
};

TEST_F(BlockedReactorTest, AnotherTakesItsPlaceUntilItComesBack) {
  FailurePolicy policy;
  policy.quarantine_time = 50ms;
  const auto bad = server.plugin("bad", policy);
  server.route(bad, "/block", Misbehaving::handleBlock, &plugin);
  server.start();
  auto blocked = std::async(std::launch::async, [this] { return server.get("/block"); });
  EXPECT_TRUE(eventually([&] { return plugin.inside.load(); }));
  EXPECT_EQ(200, server.get("/ok").status);  // it waits in the blocked socket's backlog at first
  EXPECT_EQ(503, server.get("/block").status);
  EXPECT_EQ(PluginCalls::State::kQuarantined, bad.calls->state());
  EXPECT_TRUE(server.server().healthy());
  EXPECT_EQ(1u, statistics().blocked);
  EXPECT_EQ(1u, statistics().stand_ins);
  plugin.release();
  EXPECT_EQ(200, blocked.get().status);
  EXPECT_TRUE(eventually([&] { return statistics().blocked == 0; }));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(200, server.get("/ok").status);
  EXPECT_TRUE(eventually([&] { return server.get("/block").status == 200; }));
  EXPECT_NE(std::string::npos, log.text().find("error bad: it blocks reactor 0")) << log.text();
}

// Calls that are all in time, one after the other in one round of the reactor's.
TEST(BusyReactorTest, NobodyIsBlamedForARoundOfSeveral) {
  ServerOptions options;
  options.block_timeout = 1s;
  LogText log;
  PlainServer server(options);
  std::atomic<int> running{0};
  const auto slow = server.plugin("slow");
  server.route(slow, "/slow", [](void* user, kavro_exchange* exchange, const kavro_request* request) {
    ++*static_cast<std::atomic<int>*>(user);
    std::this_thread::sleep_for(500ms);
    PlainServer::ok(nullptr, exchange, request);
  }, &running);
  server.start();
  std::vector<std::future<PlainReply>> replies;
  const auto ask = [&] { replies.push_back(std::async(std::launch::async, [&] { return server.get("/slow"); })); };
  ask();
  EXPECT_TRUE(eventually([&] { return running == 1; }));
  for (int i = 0; i < 4; ++i) ask();  // they wait for the end of the first, and are the next round
  for (auto& reply : replies) EXPECT_EQ(200, reply.get().status);
  EXPECT_EQ(PluginCalls::State::kClosed, slow.calls->state());
  EXPECT_EQ(std::string::npos, log.text().find("blocks reactor")) << log.text();
}

TEST_F(BlockedReactorTest, AStopDoesNotWaitForIt) {
  server.route(server.plugin("bad"), "/block", Misbehaving::handleBlock, &plugin);
  server.start();
  auto blocked = std::async(std::launch::async, [this] { return server.get("/block"); });
  EXPECT_TRUE(eventually([&] { return statistics().blocked == 1; }));
  server.server().beginDrain(100ms);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_LT(0u, server.server().finishDrain());
  EXPECT_GT(5s, std::chrono::steady_clock::now() - begin);
  // It cannot be taken down before the plugin lets go; the program leaves at this point.
  plugin.release();
  blocked.get();
  EXPECT_TRUE(eventually([&] { return server.server().ended(); }));
}

}  // namespace
}  // namespace kavro::http
