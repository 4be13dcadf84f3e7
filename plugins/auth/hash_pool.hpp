// HashPool: the threads that hash passwords, and how many passwords may be there at once.
//
// A login reserves its place before the attempt is counted: one that must be sent away with 503 because the pool is
// full then does not bring its user nearer to a lockout.
// Threads: any. Lives as long as every Place taken from it.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include <kavro/error.hpp>
#include <kavro/pool.hpp>

namespace kavro::auth {

class HashPool {
 public:
  // One place in the pool; given back when it goes.
  class Place {
   public:
    explicit Place(std::atomic<std::size_t>& taken) : taken_(&taken) {}
    Place(Place&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (taken_) taken_->fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    std::atomic<std::size_t>* taken_;
  };

  // `pool` must have room for `placesMax` jobs, running or waiting.
  HashPool(Pool pool, std::size_t placesMax) : pool_(pool), placesMax_(placesMax) {}
  HashPool(const HashPool&) = delete;
  HashPool& operator=(const HashPool&) = delete;

  // Throws Error(kUnavailable) when all are taken.
  Place reserve() const {
    if (taken_.fetch_add(1, std::memory_order_relaxed) >= placesMax_) {
      taken_.fetch_sub(1, std::memory_order_relaxed);
      throw Error(Status::kUnavailable, "too many passwords are waiting to be hashed");
    }
    return Place(taken_);
  }

  // co_await run(place, f): f() on a thread of the pool, Result not void.
  template <class Function>
  Pool::Run<Function> run(const Place&, Function function) const {
    return pool_.run(std::move(function));
  }

 private:
  Pool pool_;
  std::size_t placesMax_;
  mutable std::atomic<std::size_t> taken_{0};
};

}  // namespace kavro::auth
