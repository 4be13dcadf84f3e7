// A hit through kavro.limiter/1, on one of 64 keys that are below their limit.
#include <stdexcept>

#include <kavro/text.hpp>

#include "plugins/limiter-memory/limiter_service.hpp"
#include "tools/bench/micro/piece.hpp"

namespace kavro::micro {

namespace {

class Hit final : public Piece {
 public:
  Hit() : counters_(kKeysMax), service_(counters_) {
    for (std::size_t i = 0; i < kKeys; ++i) keys_.push_back("ratelimit:send:user:" + std::to_string(1000 + i));
  }

  void run(std::size_t times) override {
    const kavro_limiter_v1& table = *service_.table();
    std::size_t allowed = 0;
    for (std::size_t i = 0; i < times; ++i) {
      table.hit(
          table.self, toAbi(keys_[i % kKeys]), &kLimit,
          [](void* user, kavro_status, const kavro_limit_decision* decision) {
            *static_cast<std::size_t*>(user) += decision && decision->allowed ? 1 : 0;
          },
          &allowed);
    }
    if (allowed != times) throw std::logic_error("a hit below the limit was refused");
  }

 private:
  static constexpr std::size_t kKeys = 64;
  static constexpr std::size_t kKeysMax = 1'000'000;  // as [limiter-memory] keys_max
  static constexpr kavro_limit kLimit{sizeof(kavro_limit), 0, UINT64_MAX / 2, 3'600'000, 0};

  limiter_memory::CounterTable counters_;
  limiter_memory::LimiterService service_;
  std::vector<std::string> keys_;
};

}  // namespace

void addLimiter(std::vector<Entry>& entries) {
  Entry entry;
  entry.name = "Limiter/hit";
  entry.make = [](Servers&) { return std::make_unique<Hit>(); };
  entries.push_back(std::move(entry));
}

}  // namespace kavro::micro
