#include "plugins/auth/attempt_gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace kavro::auth {
namespace {

constexpr size_t kFailuresMax = 5;

// What the limiter does with one key.
class Counter {
 public:
  bool hit() {
    size_t count = count_.load();
    while (count < kFailuresMax) {
      if (count_.compare_exchange_weak(count, count + 1)) return true;
    }
    return false;
  }
  void reset() { count_ = 0; }

 private:
  std::atomic<size_t> count_{0};
};

enum class Password { kRight, kWrong };

// The passwords that are being hashed; the test decides which is done when.
class Hashing {
 public:
  class Job : public Callback<Job> {
   public:
    Job(Hashing& hashing, Password given) : password(given), hashing_(hashing) {}
    void start() { hashing_.jobs_.push_back(this); }
    bool await_resume() const { return password == Password::kRight; }
    void end() { finish(); }

    const Password password;

   private:
    Hashing& hashing_;
  };

  Job evaluate(Password password) { return Job(*this, password); }
  size_t size() const { return jobs_.size(); }
  // Ends the first one, or the first with that password.
  void end() { endAt(jobs_.begin()); }
  void end(Password password) {
    endAt(std::find_if(jobs_.begin(), jobs_.end(), [&](Job* job) { return job->password == password; }));
  }

 private:
  void endAt(std::vector<Job*>::iterator place) {
    Job* job = *place;
    jobs_.erase(place);
    job->end();
  }

  std::vector<Job*> jobs_;
};

struct Tally {
  std::atomic<int> evaluated{0}, succeeded{0}, failed{0}, locked{0}, turnedAway{0};
};

// A login as login.cpp goes about it. Without Hashing the password is evaluated at once.
Detached login(Context, AttemptGate& gate, Counter& counter, Hashing* hashing, Tally& tally, Password password,
               std::string name) {
  std::optional<AttemptGate::Attempt> attempt = co_await gate.enter(name);
  if (!attempt) {
    ++tally.turnedAway;
    co_return;
  }
  while (!counter.hit()) {
    const bool again = co_await attempt->awaitAnother();
    if (again) continue;
    ++tally.locked;
    co_return;
  }
  ++tally.evaluated;
  bool right = password == Password::kRight;
  if (hashing) right = co_await hashing->evaluate(password);
  if (right) counter.reset();
  ++(right ? tally.succeeded : tally.failed);
}

class AttemptGateTest : public ::testing::Test {
 protected:
  void logIn(Password password, const std::string& name = "alice") {
    login(Context{}, gate_, counter_, &hashing_, tally_, password, name);
  }

  AttemptGate gate_{kFailuresMax, 200};
  Counter counter_;
  Hashing hashing_;
  Tally tally_;
};

TEST_F(AttemptGateTest, OneAfterTheOtherTheSixthIsLocked) {
  for (int i = 0; i < 5; ++i) {
    logIn(Password::kWrong);
    hashing_.end();
  }
  EXPECT_EQ(5, tally_.failed);
  logIn(Password::kRight);
  EXPECT_EQ(1, tally_.locked);
  EXPECT_EQ(5, tally_.evaluated);
}

TEST_F(AttemptGateTest, OfManyWrongOnesAtOnceFiveAreEvaluated) {
  for (int i = 0; i < 100; ++i) logIn(Password::kWrong);
  EXPECT_EQ(5u, hashing_.size());
  EXPECT_EQ(95u, gate_.waiting("alice"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(0, tally_.locked) << "locked while an attempt is on its way that may still succeed";
    hashing_.end();
  }
  EXPECT_EQ(0u, hashing_.size());
  EXPECT_EQ(5, tally_.evaluated);
  EXPECT_EQ(95, tally_.locked);
  EXPECT_EQ(0u, gate_.waiting("alice"));
}

TEST_F(AttemptGateTest, OfManyRightOnesAtOnceNoneIsLocked) {
  for (int i = 0; i < 100; ++i) logIn(Password::kRight);
  while (hashing_.size() > 0) {
    ASSERT_LE(hashing_.size(), kFailuresMax);
    hashing_.end();
  }
  EXPECT_EQ(100, tally_.succeeded);
  EXPECT_EQ(0, tally_.locked);
}

TEST_F(AttemptGateTest, ALateSuccessOpensTheWayForThoseWhoWait) {
  for (int i = 0; i < 4; ++i) logIn(Password::kWrong);
  for (int i = 0; i < 6; ++i) logIn(Password::kRight);
  for (int i = 0; i < 4; ++i) hashing_.end(Password::kWrong);
  EXPECT_EQ(0, tally_.locked);
  EXPECT_EQ(1u, hashing_.size());
  while (hashing_.size() > 0) hashing_.end();
  EXPECT_EQ(6, tally_.succeeded);
  EXPECT_EQ(4, tally_.failed);
  EXPECT_EQ(0, tally_.locked);
}

TEST_F(AttemptGateTest, TheLineIsBounded) {
  for (int i = 0; i < 206; ++i) logIn(Password::kWrong);
  EXPECT_EQ(200u, gate_.waiting("alice"));
  EXPECT_EQ(1, tally_.turnedAway);
  while (hashing_.size() > 0) hashing_.end();
  EXPECT_EQ(200, tally_.locked);
}

TEST_F(AttemptGateTest, NamesDoNotWaitForEachOther) {
  for (int i = 0; i < 10; ++i) logIn(Password::kWrong, "alice");
  Counter bobs;
  login(Context{}, gate_, bobs, &hashing_, tally_, Password::kRight, "bob");
  EXPECT_EQ(0u, gate_.waiting("bob"));
  EXPECT_EQ(6u, hashing_.size());
  hashing_.end(Password::kRight);
  EXPECT_EQ(1, tally_.succeeded);
  while (hashing_.size() > 0) hashing_.end();
}

TEST_F(AttemptGateTest, ThreadsLoseNobody) {
  constexpr int kThreads = 4, kLogins = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kLogins; ++i) {
        const auto password = (i + t) % 3 == 0 ? Password::kRight : Password::kWrong;
        login(Context{}, gate_, counter_, nullptr, tally_, password, "alice");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(kThreads * kLogins, tally_.succeeded + tally_.failed + tally_.locked + tally_.turnedAway);
  EXPECT_EQ(0u, gate_.waiting("alice"));
}

}  // namespace
}  // namespace kavro::auth
