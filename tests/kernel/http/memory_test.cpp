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

std::int32_t addsAField(void*, kavro_exchange* exchange, const kavro_request*) {
  Exchange::of(exchange).addField("X-Added-By-A-Filter", "some text that does not fit into a short string");
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

class Memory : public ::testing::Test {
 protected:
  Memory() {
    exempt = true;
    addEcho(server_);
    server_.route({}, "/blocking", PlainServer::ok, nullptr, KAVRO_ROUTE_BLOCKING);
    server_.route({}, "/suspended", PlainServer::ok, nullptr);
    server_.filter(server_.plugin("suspends"), KAVRO_PHASE_ADMIT, suspends, &thread_);
    server_.filter(server_.plugin("adds"), KAVRO_PHASE_AUTHORISE, addsAField, nullptr);
    server_.start();
    EXPECT_EQ(200, server_.get("/ok").status);  // it has begun to listen
  }
  ~Memory() override {
    fails_in = 0;
    if (thread_.joinable()) thread_.join();
  }

  // Each allocation in turn, until the request needs no more of them.
  void failEach(const std::string& request, int status) {
    for (long n = 1; n <= kAllocationsMax; ++n) {
      int found = 0;
      {
        WireConnection connection(server_.port());
        fails_in = n;
        connection.send(request);
        try {
          if (const auto reply = connection.next())
            found = reply->status;
          else
            ASSERT_FALSE(connection.timedOut()) << "allocation " << n << ": no answer, and the connection is open";
        } catch (const std::runtime_error&) {  // reset: it was refused before it was read
        }
      }
      const bool all_done = fails_in.exchange(0) > 0;
      EXPECT_TRUE(found == status || found == 0 || found == 500 || found == 503) << "allocation " << n << ": " << found;
      ASSERT_EQ(200, server_.get("/ok").status) << "after allocation " << n;
      if (all_done && found == status) {
        EXPECT_LT(1, n) << "nothing was allocated, so nothing was tried";
        EXPECT_TRUE(eventually([this] {
          const auto now = server_.server().statistics();
          return now.running == 0 && now.connections == 0 && now.held == 0;
        }));
        return;
      }
    }
    FAIL() << "the request never came through";
  }

  LogText log_;
  PlainServer server_;
  std::thread thread_;
};

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
