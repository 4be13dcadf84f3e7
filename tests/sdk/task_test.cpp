// Task and Callback without a server: a Context without an exchange goes on wherever the awaited thing finished; one
// with an exchange goes home to it, here to a list of jobs that stands for the reactor.
#include <kavro/task.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace kavro {
namespace {

// Awaits a function that is given a `done` to call: inline, later, from any thread.
class Answer : public Callback<Answer> {
 public:
  using Done = std::function<void(int)>;
  explicit Answer(std::function<void(Done)> ask) : ask_(std::move(ask)) {}

  void start() {
    ask_([this](int value) {
      value_ = value;
      finish();
    });
  }
  int await_resume() const { return value_; }

 private:
  std::function<void(Done)> ask_;
  int value_ = 0;
};

Answer inlineAnswer(int value) {
  return Answer([value](const Answer::Done& done) { done(value); });
}

// What became of a task.
struct Outcome {
  std::optional<int> value;
  std::string error;
  std::thread::id thread;
  std::promise<void> finished;
};

Detached run(Context, Task<int> task, Outcome& outcome) {
  try {
    outcome.value = co_await task;
  } catch (const std::exception& error) {
    outcome.error = error.what();
  }
  outcome.thread = std::this_thread::get_id();
  outcome.finished.set_value();
}

Task<int> constant(int value) { co_return value; }
Task<int> plusOne(Task<int> task) { co_return co_await task + 1; }
Task<int> failing(std::string why) {
  throw std::runtime_error(why);
  co_return 0;
}

TEST(Task, GivesItsValue) {
  Outcome outcome;
  run({}, constant(7), outcome);
  EXPECT_EQ(outcome.value, 7);
}

TEST(Task, StartsOnlyWhenItIsAwaited) {
  bool started = false;
  const auto make = [](bool& flag) -> Task<int> {
    flag = true;
    co_return 1;
  };
  {
    const Task<int> never = make(started);
    EXPECT_FALSE(never.isReady());
  }
  EXPECT_FALSE(started) << "and one that is never awaited leaks nothing (the leak checker says)";
}

TEST(Task, ReadyNeedsNoCoroutine) {
  Task<int> ready = Task<int>::ready(5);
  EXPECT_TRUE(ready.isReady());
  EXPECT_EQ(ready.take(), 5);
  Outcome outcome;
  run({}, Task<int>::ready(6), outcome);
  EXPECT_EQ(outcome.value, 6);
}

TEST(Task, NestsDeeplyWithoutUsingUpTheStack) {
  const auto countdown = [](const auto& self, int depth) -> Task<int> {
    if (depth == 0) co_return 0;
    co_return co_await self(self, depth - 1) + 1;
  };
  Outcome outcome;
  run({}, countdown(countdown, 1000), outcome);
  EXPECT_EQ(outcome.value, 1000);
}

TEST(Task, MovesWhatCannotBeCopied) {
  const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(9); };
  const auto take = [](Task<std::unique_ptr<int>> task) -> Task<int> { co_return *co_await task; };
  Outcome outcome;
  run({}, take(make()), outcome);
  EXPECT_EQ(outcome.value, 9);
}

TEST(Task, AnExceptionComesOutOfTheAwaitThroughAllLevels) {
  Outcome outcome;
  run({}, plusOne(plusOne(failing("no such user"))), outcome);
  EXPECT_EQ(outcome.value, std::nullopt);
  EXPECT_EQ(outcome.error, "no such user");
}

TEST(Task, AnExceptionCanBeCaughtOnTheWay) {
  const auto rescue = []() -> Task<int> {
    int value = 0;
    try {
      value = co_await failing("once");
    } catch (const std::runtime_error&) {
      value = -1;
    }
    co_return value + co_await inlineAnswer(10);
  };
  Outcome outcome;
  run({}, rescue(), outcome);
  EXPECT_EQ(outcome.value, 9);
}

TEST(Callback, MayComeBeforeTheCallHasReturned) {
  const auto ask = []() -> Task<int> { co_return co_await inlineAnswer(1) + co_await inlineAnswer(2); };
  Outcome outcome;
  run({}, ask(), outcome);
  EXPECT_EQ(outcome.value, 3);
}

TEST(Callback, ManyInlineAnswersDoNotGrowTheStack) {
  const auto ask = []() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 200000; ++i) sum += co_await inlineAnswer(1);
    co_return sum;
  };
  Outcome outcome;
  run({}, ask(), outcome);
  EXPECT_EQ(outcome.value, 200000);
}

TEST(Callback, MayComeLater) {
  Answer::Done later;
  const auto ask = [&later]() -> Task<int> {
    co_return co_await Answer([&later](Answer::Done done) { later = std::move(done); });
  };
  Outcome outcome;
  run({}, ask(), outcome);
  EXPECT_EQ(outcome.value, std::nullopt);
  later(4);
  EXPECT_EQ(outcome.value, 4);
}

TEST(Callback, WithoutAnExchangeGoesOnWhereItCame) {
  std::jthread other;
  const auto ask = [&other]() -> Task<int> {
    co_return co_await Answer([&other](Answer::Done done) { other = std::jthread([done] { done(8); }); });
  };
  Outcome outcome;
  run({}, plusOne(ask()), outcome);
  outcome.finished.get_future().wait();
  EXPECT_EQ(outcome.value, 9);
}

// The race between the caller that goes to sleep and the callback that wants to wake it, often.
TEST(Callback, NoWakeUpIsLostOrDoubled) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2000; ++i) {
    std::jthread other;
    const auto ask = [&other]() -> Task<int> {
      co_return co_await Answer([&other](Answer::Done done) { other = std::jthread([done] { done(1); }); });
    };
    Outcome outcome;
    run({}, ask(), outcome);
    outcome.finished.get_future().wait();
    other.join();
    ASSERT_EQ(outcome.value, 1);
  }
}

// A reactor that runs what is posted to it when told so, on the thread that tells it.
class Reactor {
 public:
  Reactor() {
    table_.size = sizeof table_;
    table_.post = [](kavro_exchange* exchange, void (*job)(void*), void* user) {
      auto& self = *reinterpret_cast<Reactor*>(exchange);
      const std::lock_guard lock(self.mutex_);
      self.jobs_.emplace_back(job, user);
    };
  }
  Context context() { return {&table_, reinterpret_cast<kavro_exchange*>(this)}; }
  size_t runPosted() {
    std::vector<std::pair<void (*)(void*), void*>> jobs;
    {
      const std::lock_guard lock(mutex_);
      jobs.swap(jobs_);
    }
    for (const auto& [job, user] : jobs) job(user);
    return jobs.size();
  }

 private:
  kavro_http_v1 table_{};
  std::mutex mutex_;
  std::vector<std::pair<void (*)(void*), void*>> jobs_;
};

TEST(Callback, WithAnExchangeGoesHomeToItsReactor) {
  Reactor reactor;
  const auto ask = []() -> Task<int> {
    co_return co_await Answer([](Answer::Done done) { std::jthread([done] { done(3); }).join(); });
  };
  const auto later = [](Answer::Done& kept) -> Task<int> {
    co_return co_await Answer([&kept](Answer::Done done) { kept = std::move(done); });
  };
  Outcome inlined;
  run(reactor.context(), plusOne(ask()), inlined);
  EXPECT_EQ(inlined.value, 4) << "finished before the call returned: it goes on at once";
  EXPECT_EQ(reactor.runPosted(), 0u);

  Answer::Done done;
  Outcome outcome;
  run(reactor.context(), plusOne(plusOne(later(done))), outcome);
  std::jthread([&done] { done(5); }).join();
  EXPECT_EQ(outcome.value, std::nullopt) << "the other thread only posts";
  EXPECT_EQ(reactor.runPosted(), 1u);
  EXPECT_EQ(outcome.value, 7);
  EXPECT_EQ(outcome.thread, std::this_thread::get_id());
}

}  // namespace
}  // namespace kavro
