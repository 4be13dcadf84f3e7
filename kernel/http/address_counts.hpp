// How many connections each client address has, over all reactors.
//
// An IPv6 client is its /64: whoever has one address of it has all of them. Bounded by the connections that there are.
// Threads: any. Ownership: a Place gives its connection back when it goes, and must not outlive the counts. Errors:
// std::bad_alloc from take().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "kernel/http/ip_address.hpp"

namespace kavro::http {

class AddressCounts {
 public:
  using Key = IpAddress::Bytes;

  class Place {
   public:
    Place(AddressCounts& counts, const Key& key) : counts_(&counts), key_(key) {}
    Place(Place&& other) noexcept : counts_(std::exchange(other.counts_, nullptr)), key_(other.key_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(counts_, other.counts_);
      std::swap(key_, other.key_);
      return *this;
    }
    ~Place() {
      if (counts_) counts_->giveBack(key_);
    }

   private:
    AddressCounts* counts_;
    Key key_;
  };

  // One connection more; nothing when that address has `max` already. 0: any number.
  std::optional<Place> take(const IpAddress& address, std::size_t max);

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  void giveBack(const Key& key);

  std::mutex mutex_;
  std::unordered_map<Key, std::size_t, Hash> counts_;
};

}  // namespace kavro::http
