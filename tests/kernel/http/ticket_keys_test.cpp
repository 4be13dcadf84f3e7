#include "kernel/http/ticket_keys.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kernel/http/tls_identity.hpp"

namespace kavro::http {
namespace {

using std::chrono::minutes;

struct Ticket {
  std::string name = std::string(16, '\0');
  std::string iv = std::string(16, '\0');
};

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

class TicketKeysTest : public ::testing::Test {
 protected:
  Ticket seal() { return seal(keys); }
  static Ticket seal(TicketKeys& keys) {
    Ticket ticket;
    const Contexts contexts;
    EXPECT_EQ(1, keys.seal(bytes(ticket.name), bytes(ticket.iv), contexts.cipher.get(), contexts.mac.get()));
    return ticket;
  }
  int open(Ticket ticket) { return open(keys, std::move(ticket)); }
  static int open(TicketKeys& keys, Ticket ticket) {
    const Contexts contexts;
    return keys.open(bytes(ticket.name), bytes(ticket.iv), contexts.cipher.get(), contexts.mac.get());
  }

  struct Contexts {
    std::unique_ptr<EVP_CIPHER_CTX, Freeing<EVP_CIPHER_CTX_free>> cipher{EVP_CIPHER_CTX_new()};
    std::unique_ptr<EVP_MAC, Freeing<EVP_MAC_free>> hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    std::unique_ptr<EVP_MAC_CTX, Freeing<EVP_MAC_CTX_free>> mac{EVP_MAC_CTX_new(hmac.get())};
  };

  TicketKeys::Clock::time_point now{};
  TicketKeys keys{minutes(10), [this] { return now; }};
};

TEST_F(TicketKeysTest, AKeySealsForItsTimeAndOpensForAsLongAgain) {
  const Ticket first = seal();
  now += minutes(10) - std::chrono::milliseconds(1);
  EXPECT_EQ(first.name, seal().name);
  EXPECT_EQ(1, open(first));
  now += std::chrono::milliseconds(1);
  EXPECT_NE(first.name, seal().name);
  EXPECT_EQ(2, open(first)) << "it is good, and the client is given a new ticket";
  now += minutes(10) - std::chrono::milliseconds(1);
  EXPECT_EQ(2, open(first));
  now += std::chrono::milliseconds(1);
  EXPECT_EQ(0, open(first));
}

TEST_F(TicketKeysTest, AfterALongSilenceThereIsNoOldKey) {
  const Ticket first = seal();
  now += minutes(25);
  EXPECT_EQ(0, open(first));
}

TEST_F(TicketKeysTest, AKeyIsForgottenAlsoWhenNobodyConnects) {
  const Ticket first = seal();
  now += minutes(11);
  keys.rotate();
  now += minutes(10);
  keys.rotate();
  now -= minutes(20);  // as if the time were good; the key has gone all the same
  EXPECT_EQ(0, open(first));
}

TEST_F(TicketKeysTest, AShorterLifetimeCountsAtOnce) {
  const Ticket first = seal();
  now += minutes(5);
  keys.setLifetime(minutes(2));
  EXPECT_EQ(0, open(first));
}

TEST_F(TicketKeysTest, NoTwoAreAlike) {
  std::set<std::string> vectors, names;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(vectors.insert(seal().iv).second);
    TicketKeys other(minutes(1), [this] { return now; });
    EXPECT_TRUE(names.insert(seal(other).name).second);
    EXPECT_EQ(0, open(other, seal()));
  }
}

TEST_F(TicketKeysTest, ManyThreadsWhileKeysChange) {
  std::atomic<int> time{0};
  TicketKeys shared(std::chrono::milliseconds(5), [&time] {
    return TicketKeys::Clock::time_point(std::chrono::milliseconds(time.fetch_add(1)));
  });
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) opened += open(shared, seal(shared)) > 0 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(opened, 0);
}

}  // namespace
}  // namespace kavro::http
