// kavro.limiter/1 for coroutines: co_await limiter.hit("login:alice", {.countMax = 5, .window = 15min}).
#pragma once

#include <chrono>
#include <string>

#include <kavro/abi/services/limiter.h>
#include <kavro/error.hpp>
#include <kavro/task.hpp>
#include <kavro/text.hpp>

namespace kavro {

// See kavro_limit.
struct Limit {
  uint64_t countMax;
  std::chrono::milliseconds window;
  std::chrono::milliseconds block{0};
};

// See kavro_limit_decision.
struct LimitDecision {
  bool allowed;
  uint64_t remaining;
  std::chrono::milliseconds reset;
};

class Limiter {
 public:
  using Table = kavro_limiter_v1;
  static constexpr const char* kId = KAVRO_LIMITER;

  explicit Limiter(const Table* table) : table_(table) {}

  class Hit : public Callback<Hit> {
   public:
    Hit(const Table* table, std::string_view key, const Limit& limit) : table_(table), key_(key), limit_(limit) {}

    void start() {
      const kavro_limit limit{sizeof limit, 0, limit_.countMax, static_cast<uint64_t>(limit_.window.count()),
                              static_cast<uint64_t>(limit_.block.count())};
      table_->hit(
          table_->self, toAbi(key_), &limit,
          [](void* user, kavro_status status, const kavro_limit_decision* decision) {
            Hit& self = *static_cast<Hit*>(user);
            self.status_ = status;
            if (decision) {
              self.decision_ = {decision->allowed != 0, decision->remaining,
                                std::chrono::milliseconds(decision->reset_ms)};
            }
            self.finish();
          },
          this);
    }
    // Throws Error when the limiter cannot decide.
    LimitDecision await_resume() const {
      check(status_, "the limiter cannot decide");
      return decision_;
    }

   private:
    const Table* table_;
    std::string key_;
    Limit limit_;
    kavro_status status_ = KAVRO_ERROR;
    LimitDecision decision_{};
  };

  class Reset : public Callback<Reset> {
   public:
    Reset(const Table* table, std::string_view key) : table_(table), key_(key) {}

    void start() {
      table_->reset(
          table_->self, toAbi(key_),
          [](void* user, kavro_status status, const kavro_limit_decision*) {
            Reset& self = *static_cast<Reset*>(user);
            self.status_ = status;
            self.finish();
          },
          this);
    }
    void await_resume() const { check(status_, "the limiter cannot reset a key"); }

   private:
    const Table* table_;
    std::string key_;
    kavro_status status_ = KAVRO_ERROR;
  };

  Hit hit(std::string_view key, const Limit& limit) const { return Hit(table_, key, limit); }
  Reset reset(std::string_view key) const { return Reset(table_, key); }

 private:
  const Table* table_;
};

}  // namespace kavro
