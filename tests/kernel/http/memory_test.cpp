// Memory that runs out, at each allocation that a request costs in turn: that connection ends, or gets a 503, and the
// server goes on.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "kernel/http/exchange.hpp"
#include "tests/kernel/http/plain_server.hpp"
#include "tests/kernel/http/wire/echo_server.hpp"
#include "tests/kernel/http/wire/wire_connection.hpp"

namespace {

// Allocations of the server's threads until one fails; 0: none does.
std::atomic<long> fails_in{0};
thread_local bool exempt = false;

void* allocate(std::size_t size) {
  if (!exempt && fails_in.load(std::memory_order_relaxed) > 0 && fails_in.fetch_sub(1) == 1) throw std::bad_alloc();
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void* allocateOrNull(std::size_t size) noexcept {
  try {
    return allocate(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// Not inlined: a compiler that sees free() in the place of a delete warns of it.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocateOrNull(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocateOrNull(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }

namespace kavro::http {
namespace {

constexpr long kAllocationsMax = 400;  // that any of these requests costs

constexpr std::string_view kAddedName = "X-Added-By-A-Filter";
const std::string kAddedText(1000, 'x');  // more than an answer has room for at first

std::int32_t addsAField(void*, kavro_exchange* exchange, const kavro_request*) {
  Exchange::of(exchange).addField(kAddedName, kAddedText);
  return KAVRO_FILTER_CONTINUE;
}

// Goes on from a thread of its own.
std::int32_t suspends(void* user, kavro_exchange* exchange, const kavro_request* request) {
  if (fromAbi(request->path) != "/suspended") return KAVRO_FILTER_CONTINUE;
  auto& thread = *static_cast<std::thread*>(user);
  if (thread.joinable()) thread.join();
  thread = std::thread([exchange] { Exchange::of(exchange).resume(KAVRO_FILTER_CONTINUE); });
  return KAVRO_FILTER_SUSPENDED;
}

struct Attempt {
  int status = 0;         // 0: the connection was closed
  bool all_done = false;  // there were fewer allocations
};

// The server, and one that asks it for something while an allocation fails.
class Stage {
 public:
  Stage() {
    exempt = true;
    addEcho(server_);
    server_.route({}, "/blocking", PlainServer::ok, nullptr, KAVRO_ROUTE_BLOCKING);
    server_.route({}, "/suspended", PlainServer::ok, nullptr);
    server_.filter(server_.plugin("suspends"), KAVRO_PHASE_ADMIT, suspends, &thread_);
    server_.filter(server_.plugin("adds"), KAVRO_PHASE_AUTHORISE, addsAField, nullptr);
    server_.start();
  }
  ~Stage() {
    fails_in = 0;
    if (thread_.joinable()) thread_.join();
  }

  Attempt failAt(long n, const std::string& request) {
    Attempt attempt;
    WireConnection connection(server_.port());
    fails_in = n;
    connection.send(request);
    try {
      if (const auto reply = connection.next()) {
        attempt.status = reply->status;
        if (reply->status == 200) {
          EXPECT_EQ(kAddedText, reply->field(kAddedName)) << "allocation " << n << ": a field is missing";
        }
      } else {
        EXPECT_FALSE(connection.timedOut()) << "allocation " << n << ": no answer, and the connection is open";
      }
    } catch (const std::runtime_error& error) {  // reset: it was refused before it was read
      EXPECT_TRUE(std::string_view(error.what()).ends_with(", after: ")) << "allocation " << n << ": " << error.what();
    }
    attempt.all_done = fails_in.exchange(0) > 0;
    return attempt;
  }

  PlainServer& server() { return server_; }

 private:
  PlainServer server_;
  std::thread thread_;
};

void expectOneOf(int status, long n, int found) {
  EXPECT_TRUE(found == status || found == 0 || found == 500 || found == 503) << "allocation " << n << ": " << found;
}

class Memory : public ::testing::Test {
 protected:
  // Each allocation in turn, until the request needs no more of them.
  void failEach(const std::string& request, int status) {
    Stage stage;
    EXPECT_EQ(200, stage.server().get("/ok").status);  // it has begun to listen
    for (long n = 1; n <= kAllocationsMax; ++n) {
      const Attempt attempt = stage.failAt(n, request);
      expectOneOf(status, n, attempt.status);
      ASSERT_EQ(200, stage.server().get("/ok").status) << "after allocation " << n;
      if (!attempt.all_done || attempt.status != status) continue;
      EXPECT_LT(1, n) << "nothing was allocated, so nothing was tried";
      EXPECT_TRUE(eventually([&] {
        const auto now = stage.server().server().statistics();
        return now.running == 0 && now.connections == 0 && now.held == 0;
      }));
      return;
    }
    FAIL() << "the request never came through";
  }

  LogText log_;
};

// What a server keeps for the next request is not there yet.
TEST_F(Memory, RunsOutForTheFirstAnswerOfAServer) {
  for (long n = 1; n <= kAllocationsMax; ++n) {
    Stage stage;
    const Attempt attempt = stage.failAt(n, "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
    expectOneOf(200, n, attempt.status);
    ASSERT_EQ(200, stage.server().get("/ok").status) << "after allocation " << n;
    if (attempt.all_done && attempt.status == 200) return;
  }
  FAIL() << "the request never came through";
}
TEST_F(Memory, RunsOutForAnAnswer) { failEach("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n", 200); }
TEST_F(Memory, RunsOutForABody) {
  failEach("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2710\r\n" + std::string(10'000, 'x') +
               "\r\n0\r\n\r\n",
           200);
}
TEST_F(Memory, RunsOutForAnError) { failEach("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404); }
TEST_F(Memory, RunsOutForARefusal) { failEach("GET /ok HTTP/1.1\r\n\r\n", 400); }
TEST_F(Memory, RunsOutForAWorker) { failEach("GET /blocking HTTP/1.1\r\nHost: a\r\n\r\n", 200); }
TEST_F(Memory, RunsOutForAFilterThatWaits) { failEach("GET /suspended HTTP/1.1\r\nHost: a\r\n\r\n", 200); }
TEST_F(Memory, RunsOutForACondition) { failEach("GET /ok HTTP/1.1\r\nHost: a\r\nIf-Match: \"x\"\r\n\r\n", 412); }

}  // namespace
}  // namespace kavro::http
