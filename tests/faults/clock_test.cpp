// The time of day steps back and forth, as when a machine's clock is set: nobody gets more tries than before, nobody is
// locked out for longer, ids go on growing, and who logs in is let in.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "tests/faults/walk.hpp"
#include "tests/scenarios/senders.hpp"

namespace kavro::testing {
namespace {

constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;

std::string credentials(const std::string& password) {
  return R"({"username":"alice","password":")" + password + "\"}";
}

class ClockTest : public ::testing::Test {
 protected:
  ClockTest() {
    Options options = underFaults(walkOptions(), faults_);
    options.settings["auth.lockout_failures"] = "3";
    options.settings["auth.lockout_time"] = "2s";
    options.settings["ratelimit.rule.me"] = "GET /keys/* 5 per 1h by address";
    server_ = std::make_unique<Server>(options);
    client_ = std::make_unique<Client>(*server_);
    token_ = client_->registerUser("alice");
    id_ = client_->userId(token_);
  }
  std::int64_t send() {
    const std::string body =
        R"({"recipient_id":)" + std::to_string(id_) +
        R"(,"ciphertext":"aGVsbG8=","ephemeral_pubkey":"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"})";
    const Reply reply = client_->bearer(token_).post("/messages/", body);
    EXPECT_EQ(201, reply.status) << reply.body;
    return reply.status == 201 ? reply.integer("id") : 0;
  }
  void logIn() {
    const Reply reply = client_->bearer("").post("/auth/login", credentials(Client::kPassword));
    ASSERT_EQ(200, reply.status) << reply.body;
    token_ = reply.string("access_token");
  }

  Faults faults_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  std::string token_;
  std::int64_t id_ = 0;
};

TEST_F(ClockTest, WhoLogsInIsLetInAndIdsGrow) {
  std::int64_t last = send();
  for (const std::int64_t step : {-kHour, -kDay, kDay, 0L, 30 * kDay, 0L}) {
    SCOPED_TRACE("the clock is off by " + std::to_string(step) + " s");
    faults_.moveClock(step);
    logIn();
    const std::int64_t next = send();
    EXPECT_GT(next, last);
    last = next;
    const Reply inbox = client_->bearer(token_).get("/messages/inbox?limit=1");
    EXPECT_EQ(std::to_string(last), std::to_string(inbox.array("messages")->getObject(0)->getValue<Poco::Int64>("id")));
    EXPECT_EQ(200, client_->get("/readyz").status);
    EXPECT_NE(std::string::npos, reloadByControl(*server_).find("\"ok\":true"));
  }
  faults_.moveClock(0);
  EXPECT_EQ(0, server_->stop());
}

TEST_F(ClockTest, ATokenEndsByTheClockAndNotForEver) {
  faults_.moveClock(2 * kDay);
  EXPECT_EQ(401, client_->bearer(token_).get("/auth/me").status);
  faults_.moveClock(0);
  EXPECT_EQ(200, client_->bearer(token_).get("/auth/me").status) << "the clock was wrong, and the token was not";
  faults_.moveClock(-60);
  EXPECT_EQ(200, client_->bearer(token_).get("/auth/me").status) << "a small step back";
}

TEST_F(ClockTest, LimitsAreNeitherLiftedNorStuck) {
  int allowed = 0;
  for (const std::int64_t step : {0L, -kHour, -kDay, kDay, 2 * kHour, 0L}) {
    faults_.moveClock(step);
    for (int i = 0; i < 5; ++i) allowed += client_->bearer("").get("/keys/1").status == 200;
  }
  EXPECT_EQ(5, allowed) << "in the same hour of the machine's own time";
}

TEST_F(ClockTest, ALockoutEndsInItsTime) {
  for (int i = 0; i < 3; ++i) client_->bearer("").post("/auth/login", credentials("Wrong-Horse-9-Battery"));
  const auto locked = std::chrono::steady_clock::now();
  for (const std::int64_t step : {0L, -kHour, kDay}) {
    faults_.moveClock(step);
    const int status = client_->bearer("").post("/auth/login", credentials(Client::kPassword)).status;
    if (std::chrono::steady_clock::now() - locked < std::chrono::milliseconds(1500)) {
      EXPECT_EQ(429, status) << "the clock is off by " << step << " s";
    }
  }
  faults_.moveClock(-kDay);
  int status = 0;
  while (std::chrono::steady_clock::now() - locked < std::chrono::seconds(8)) {
    status = client_->bearer("").post("/auth/login", credentials(Client::kPassword)).status;
    if (status == 200) break;
  }
  EXPECT_EQ(200, status) << "locked for longer than it should be";
}

}  // namespace
}  // namespace kavro::testing
