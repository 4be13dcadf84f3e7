// Task<T>: a coroutine that runs on a reactor and must not block; it co_awaits the database, a service, a pool.
//
// A task starts when it is awaited. What it awaits may finish on another thread; the task always goes on where its
// request lives (Context), so code between two co_awaits needs no locks against its own request.
// Errors: what a task throws comes out of the co_await that awaits it.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include <kavro/abi/http.h>

namespace kavro {

// Where a coroutine goes on: on the reactor of an exchange, or, without one, wherever the awaited thing finished.
struct Context {
  const kavro_http_v1* http = nullptr;
  kavro_exchange* exchange = nullptr;

  void resume(std::coroutine_handle<> coroutine) const {
    if (!exchange) return coroutine.resume();
    http->post(
        exchange, [](void* address) { std::coroutine_handle<>::from_address(address).resume(); }, coroutine.address());
  }
};

template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type {
    Context context;
    std::coroutine_handle<> continuation = std::noop_coroutine();
    std::variant<std::monostate, T, std::exception_ptr> result;

    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Back {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> task) noexcept {
          return task.promise().continuation;
        }
        void await_resume() noexcept {}
      };
      return Back{};
    }
    template <class U>
    void return_value(U&& value) {
      result.template emplace<1>(std::forward<U>(value));
    }
    void unhandled_exception() { result.template emplace<2>(std::current_exception()); }
  };

  // A task that is done already, without a coroutine: the fast way for a value that is at hand.
  static Task ready(T value) { return Task(std::move(value)); }

  Task(Task&& other) noexcept
      : coroutine_(std::exchange(other.coroutine_, nullptr)), ready_(std::move(other.ready_)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  bool isReady() const { return ready_.has_value(); }
  T take() { return std::move(*ready_); }

  bool await_ready() const noexcept { return isReady(); }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
    coroutine_.promise().context = parent.promise().context;
    coroutine_.promise().continuation = parent;
    return coroutine_;
  }
  T await_resume() {
    if (ready_) return std::move(*ready_);
    auto& result = coroutine_.promise().result;
    if (result.index() == 2) std::rethrow_exception(std::get<2>(result));
    return std::move(std::get<1>(result));
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}
  explicit Task(T value) : ready_(std::move(value)) {}

  std::coroutine_handle<promise_type> coroutine_;
  std::optional<T> ready_;
};

// A coroutine nobody awaits: it frees itself at its end. It must catch what it throws, and it is a free or static
// function whose first parameter is its Context.
struct Detached {
  struct promise_type {
    Context context;

    template <class... Rest>
    explicit promise_type(const Context& where, Rest&&...) : context(where) {}
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// One wait for a callback of the boundary that comes exactly once, from any thread, perhaps before the call that asked
// for it has returned. To be derived from; the awaiter lives in the coroutine's frame while it waits:
//   start()   makes the call, passing `this` as the callback's user
//   finish()  is called by the callback when the result is stored; after it `this` may be gone
template <class Derived>
class Callback {
 public:
  Callback() = default;
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    coroutine_ = coroutine;
    context_ = coroutine.promise().context;
    static_cast<Derived*>(this)->start();
    return state_.exchange(kWaiting, std::memory_order_acq_rel) != kFinished;  // false: go on at once
  }

 protected:
  void finish() {
    const Context context = context_;
    const std::coroutine_handle<> coroutine = coroutine_;
    if (state_.exchange(kFinished, std::memory_order_acq_rel) == kWaiting) context.resume(coroutine);
  }

 private:
  enum State : int { kStarted, kWaiting, kFinished };

  std::atomic<int> state_{kStarted};
  std::coroutine_handle<> coroutine_;
  Context context_;
};

}  // namespace kavro
