// Clients that are slow, or many: deadlines that cannot be put off by sending a little, and room for those who behave.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "kernel/http/exchange.hpp"
#include "tests/kernel/http/plain_server.hpp"
#include "tests/kernel/http/wire/echo_server.hpp"
#include "tests/kernel/http/wire/wire_connection.hpp"

namespace kavro::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

const std::string kGet = "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kPost = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
constexpr int kPauseMs = 10;  // between what a slow client sends
constexpr auto kPatience = 60s;

void big(void*, kavro_exchange* exchange, const kavro_request*) {
  static const std::string body(16 * 1024 * 1024, 'x');
  kavro_response response{};
  response.size = sizeof response;
  response.status = 200;
  response.body = toAbi(body);
  Exchange::of(exchange).respond(response);
}

const std::string kGetBig = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";

// A body that is most of the way there, and then waits.
std::string beginBody(std::size_t sent) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(sent, 'x');
}

class Slow : public ::testing::Test {
 protected:
  PlainServer& start() {
    server_ = std::make_unique<PlainServer>(options_);
    addEcho(*server_);
    server_->route({}, "/big", big, nullptr);
    server_->start();
    return *server_;
  }
  Server::Statistics statistics() { return server_->server().statistics(); }

  // Sends `bytes` again and again, a pause between, until there is an answer or the connection closes.
  std::optional<WireReply> trickle(WireConnection& connection, const std::string& bytes) {
    const auto end = steady_clock::now() + kPatience;
    while (steady_clock::now() < end) {
      connection.send(bytes);
      auto reply = connection.nextWithin(kPauseMs);
      if (reply || !connection.timedOut()) return reply;
    }
    ADD_FAILURE() << "the server has waited for " << kPatience.count() << " s";
    return std::nullopt;
  }

  LogText log_;
  ServerOptions options_;
  std::unique_ptr<PlainServer> server_;
};

TEST_F(Slow, AllBodiesTogetherHaveALimit) {
  options_.body_memory_max = 3 * 1024 * 1024;
  start();
  // Eight of 1 MiB, of which two have room in any order of events, and three at most.
  std::vector<std::unique_ptr<WireConnection>> holders;
  for (int i = 0; i < 8; ++i) {
    holders.push_back(std::make_unique<WireConnection>(server_->port()));
    holders.back()->send(beginBody(900'000));
  }
  const auto end = steady_clock::now() + kPatience;
  while (holders.size() > 4 && steady_clock::now() < end) {
    std::erase_if(holders, [](const std::unique_ptr<WireConnection>& holder) {
      const auto reply = holder->nextWithin(kPauseMs);
      if (!reply) return false;
      EXPECT_EQ(503, reply->status);
      EXPECT_EQ("1", reply->field("Retry-After"));
      EXPECT_EQ("close", reply->field("Connection"));
      return true;
    });
  }
  EXPECT_GE(4u, holders.size()) << "they were let in";
  EXPECT_NE(std::string::npos, log_.text().find("body_memory_max is 3145728")) << log_.text();
  // Small ones and requests without a body are served all the while.
  EXPECT_EQ(200, server_->get("/ok").status);
  WireConnection small(server_->port());
  small.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'x'));
  EXPECT_EQ(200, small.next()->status);
  // Those that have room end well, and then there is room again.
  int good = 0;
  for (const auto& holder : holders) {
    holder->send(std::string(100'000, 'x'));
    const auto reply = holder->next();
    good += reply && reply->status == 200 ? 1 : 0;
  }
  EXPECT_LE(2, good);
  holders.clear();
  for (int i = 0; i < 10; ++i) {
    WireConnection next(server_->port());
    next.send(beginBody(1'000'000));
    EXPECT_EQ(200, next.next()->status) << i;
  }
}

// Clients that keep response_rate_min, but are many.
TEST_F(Slow, AllAnswersTogetherHaveALimit) {
  options_.response_memory_max = 40 * 1024 * 1024;  // two of 16 MiB, at their capacities
  start();
  std::vector<std::unique_ptr<WireConnection>> slow;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    slow.push_back(std::make_unique<WireConnection>(server_->port()));
    slow.back()->send(kGetBig);
    EXPECT_TRUE(eventually([&] { return statistics().connections + statistics().too_slow >= i; })) << i;
  }
  EXPECT_TRUE(eventually([&] { return statistics().too_slow >= 4 && statistics().connections <= 2; }))
      << statistics().too_slow << ' ' << statistics().connections;
  EXPECT_NE(std::string::npos, log_.text().find("share of [http] response_memory_max is 41943040")) << log_.text();
  // Who takes an answer at once gets it.
  WireConnection quick(server_->port());
  quick.send(kGetBig);
  const auto reply = quick.next();
  ASSERT_TRUE(reply);
  EXPECT_EQ(16u * 1024 * 1024, reply->body.size());
}

TEST_F(Slow, AHeaderThatTricklesInHasItsTime) {
  options_.header_timeout = 300ms;
  start();
  WireConnection connection(server_->port());
  connection.send("GET /ok HTTP/1.1\r\nHost: a\r\nX: ");
  const auto reply = trickle(connection, "y");
  ASSERT_TRUE(reply);
  EXPECT_EQ(408, reply->status);
  EXPECT_FALSE(connection.next());
  EXPECT_EQ(1u, statistics().too_slow);
}

TEST_F(Slow, EmptyLinesDoNotKeepAConnection) {
  options_.idle_timeout = 300ms;
  start();
  WireConnection connection(server_->port());
  connection.send(kGet);
  EXPECT_EQ(200, connection.next()->status);
  for (int i = 0; i < 2; ++i) {  // as many as are let by
    connection.send("\r\n");
    EXPECT_FALSE(connection.nextWithin(kPauseMs));
  }
  EXPECT_FALSE(connection.next());
  EXPECT_TRUE(eventually([this] { return statistics().connections == 0; }));
}

TEST_F(Slow, EmptyLinesAreCountedHoweverTheyCome) {
  start();
  WireConnection connection(server_->port());
  for (int i = 0; i < 2; ++i) {
    connection.send(kGet);
    EXPECT_EQ(200, connection.next()->status);
    connection.send("\r\n");
    EXPECT_FALSE(connection.nextWithin(kPauseMs));
    connection.send("\r\n");
    EXPECT_FALSE(connection.nextWithin(kPauseMs));
  }
  const auto reply = trickle(connection, "\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(400, reply->status);
  EXPECT_FALSE(connection.next());
}

TEST_F(Slow, ABodyHasARateFromItsGraceTimeOn) {
  options_.body_grace_time = 200ms;
  options_.body_rate_min = 10'000;
  start();
  WireConnection slow(server_->port());
  slow.send(kPost);
  const auto reply = trickle(slow, "y");
  ASSERT_TRUE(reply);
  EXPECT_EQ(408, reply->status);
  EXPECT_NE(std::string::npos, reply->body.find("too slowly")) << reply->body;

  WireConnection fast(server_->port());
  fast.send(kPost);
  for (int i = 0; i < 50; ++i) {  // more than the grace time
    EXPECT_FALSE(fast.nextWithin(kPauseMs));
    EXPECT_TRUE(fast.timedOut()) << i;
    fast.send(std::string(2000, 'y'));
  }
  EXPECT_EQ(200, fast.next()->status);
}

TEST_F(Slow, WithoutARateABodyHasItsTimeout) {
  options_.body_grace_time = 0ms;
  options_.body_rate_min = 0;
  options_.body_timeout = 300ms;
  start();
  WireConnection connection(server_->port());
  connection.send(kPost);
  EXPECT_EQ(408, trickle(connection, "y")->status);
}

std::size_t residentBytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// 2026: all requests of a full buffer were answered before one answer was sent, 1,600 of them for 64 KiB.
TEST_F(Slow, WhoTakesNoAnswersCostsLittleAndIsLetGo) {
  options_.write_timeout = 300ms;
  start();
  server_->get("/big");
  const std::size_t before = residentBytes();
  WireConnection connection(server_->port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
  connection.send(all);
  EXPECT_TRUE(eventually([this] { return statistics().too_slow == 1; }));
  EXPECT_GT(before + 128 * 1024 * 1024, residentBytes());
  EXPECT_TRUE(eventually([this] { return statistics().connections == 0; }));
}

// Asks for much and takes 256 bytes of it each 2 ms, so that the kernel's buffers never have room for more.
class LittleByLittle {
 public:
  explicit LittleByLittle(std::uint16_t port) : fd_(connectTo(port, 4096)) {
    EXPECT_LT(0, ::send(fd_, kGetBig.data(), kGetBig.size(), MSG_NOSIGNAL));
  }
  ~LittleByLittle() { ::close(fd_); }
  void take() {
    char block[256];
    ::recv(fd_, block, sizeof block, MSG_DONTWAIT);
  }

 private:
  const int fd_;
};

// 2026: write_timeout began anew with every byte that the client took.
TEST_F(Slow, WhoTakesAnswersLittleByLittleIsLetGo) {
  options_.write_timeout = 300ms;
  options_.response_rate_min = 1024 * 1024;
  start();
  LittleByLittle client(server_->port());
  EXPECT_TRUE(eventually([&] {
    client.take();
    return statistics().too_slow == 1;
  }));

  WireConnection good(server_->port());
  good.send(kGetBig);
  EXPECT_EQ(16u * 1024 * 1024, good.next()->body.size());
}

// 2026: it was let go, since the kernel had no room for more for longer than write_timeout.
TEST_F(Slow, WhoTakesAnswersSlowlyButFastEnoughIsNot) {
  options_.write_timeout = 300ms;
  options_.response_rate_min = 4096;
  start();
  LittleByLittle client(server_->port());
  const auto end = steady_clock::now() + 1500ms;
  EXPECT_TRUE(eventually([&] {
    client.take();
    return statistics().too_slow > 0 || steady_clock::now() > end;
  }));
  EXPECT_EQ(0u, statistics().too_slow);
  EXPECT_EQ(1u, statistics().connections);
}

// 2026: the second of two requests that came together had only what was left of the first one's time.
TEST_F(Slow, EachPipelinedRequestHasItsOwnTime) {
  options_.header_timeout = 400ms;
  start();
  WireConnection connection(server_->port());
  connection.send(kGet.substr(0, 20));
  const auto end = steady_clock::now() + 1200ms;
  while (steady_clock::now() < end) {
    EXPECT_FALSE(connection.nextWithin(50));
    ASSERT_TRUE(connection.timedOut());
    connection.send(kGet.substr(20) + kGet.substr(0, 20));
    const auto reply = connection.next();
    ASSERT_TRUE(reply);
    ASSERT_EQ(200, reply->status);
  }
}

TEST_F(Slow, AnAddressHasSoManyConnections) {
  options_.connections_per_address_max = 3;
  options_.loopback_counts = true;
  start();
  std::vector<std::unique_ptr<WireConnection>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(std::make_unique<WireConnection>(server_->port()));
    held.back()->send(kGet);
    EXPECT_EQ(200, held.back()->next()->status);
  }
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(WireConnection(server_->port()).next());
  EXPECT_EQ(5u, statistics().refused);
  const std::string said = log_.text();
  const std::size_t first = said.find("connections_per_address_max");
  ASSERT_NE(std::string::npos, first) << said;
  EXPECT_EQ(std::string::npos, said.find("connections_per_address_max", first + 1)) << said;
  held.pop_back();
  EXPECT_TRUE(eventually([this] { return statistics().connections == 2; }));
  EXPECT_EQ(200, server_->get("/ok").status);
}

TEST_F(Slow, ATrustedProxyAndByDefaultThisMachineHaveAnyNumber) {
  options_.connections_per_address_max = 1;
  std::vector<std::unique_ptr<WireConnection>> held;
  const auto several = [&] {
    held.clear();
    start();
    for (int i = 0; i < 5; ++i) {
      held.push_back(std::make_unique<WireConnection>(server_->port()));
      held.back()->send(kGet);
      EXPECT_EQ(200, held.back()->next()->status);
    }
  };
  several();
  options_.loopback_counts = true;
  options_.trusted_proxies = TrustedProxies({std::get<AddressPrefix>(AddressPrefix::read("127.0.0.1"))});
  several();
  held.clear();
}

TEST_F(Slow, WhoHasBeenIdleForLongestMakesRoom) {
  options_.connections_max = 3;
  start();
  std::vector<std::unique_ptr<WireConnection>> idle;
  for (int i = 0; i < 3; ++i) {
    idle.push_back(std::make_unique<WireConnection>(server_->port()));
    idle.back()->send(kGet);
    EXPECT_EQ(200, idle.back()->next()->status);
  }
  EXPECT_EQ(200, server_->get("/ok").status);
  EXPECT_LE(1u, statistics().evicted);
  EXPECT_FALSE(idle.front()->next());  // closed, and in order
}

TEST_F(Slow, WhoIsBusyKeepsItsPlaceAndOthersWait) {
  options_.connections_max = 2;
  start();
  WireConnection first(server_->port()), second(server_->port());
  first.send("GET /ok HT");
  second.send("GET /ok HT");
  EXPECT_TRUE(eventually([this] { return statistics().connections == 2; }));
  WireConnection third(server_->port());
  third.send(kGet);
  EXPECT_FALSE(third.nextWithin(1500));
  EXPECT_TRUE(third.timedOut());
  EXPECT_EQ(0u, statistics().evicted);
  first.finishSending();
  EXPECT_EQ(200, third.next()->status);
  second.send("TP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(200, second.next()->status);
}

// The limit of this process, which is the server's, too.
class OpenFiles {
 public:
  OpenFiles() { ::getrlimit(RLIMIT_NOFILE, &before_); }
  ~OpenFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  void limitTo(rlim_t files) {
    const rlimit limit{files, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  void restore() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Slow, WithoutDescriptorsItWaitsAndGoesOn) {
#ifdef KAVRO_TEST_TYPES_CHECKED
  GTEST_SKIP() << "the undefined-behaviour sanitizer needs a descriptor to look at an object's type";
#endif
  start();
  WireConnection early(server_->port());
  early.send(kGet);
  EXPECT_EQ(200, early.next()->status);
  OpenFiles files;
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  files.limitTo(static_cast<rlim_t>(fd) + 1);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(server_->port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(0, ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to));
  ASSERT_LT(0, ::send(fd, kGet.data(), kGet.size(), MSG_NOSIGNAL));
  EXPECT_TRUE(eventually([this] { return statistics().accepts_failed >= 3; }));
  early.send(kGet);
  EXPECT_EQ(200, early.next()->status);
  EXPECT_GT(100u, statistics().accepts_failed);  // asked again ten times a second, not all the time
  files.restore();
  char block[512];
  timeval patience{60, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_LT(0, ::recv(fd, block, sizeof block, 0));
  ::close(fd);
  EXPECT_NE(std::string::npos, log_.text().find("no connection can be accepted")) << log_.text();
}

TEST_F(Slow, TooFewFilesAreToldAtTheStart) {
  OpenFiles files;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  options_.connections_max = limit.rlim_max + 1000;
  start();
  EXPECT_NE(std::string::npos, log_.text().find("raise the limit (systemd: LimitNOFILE=")) << log_.text();
}

}  // namespace
}  // namespace kavro::http
