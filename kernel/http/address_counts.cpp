#include "kernel/http/address_counts.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace kavro::http {

namespace {

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address: its /64

AddressCounts::Key keyOf(const IpAddress& address) {
  AddressCounts::Key key = address.bytes();
  if (!address.isV4()) std::fill(key.begin() + kNetworkBytes, key.end(), std::uint8_t{0});
  return key;
}

}  // namespace

std::size_t AddressCounts::Hash::operator()(const Key& key) const {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(key.data()), key.size()});
}

std::optional<AddressCounts::Place> AddressCounts::take(const IpAddress& address, std::size_t max) {
  const Key key = keyOf(address);
  const std::lock_guard lock(mutex_);
  std::size_t& count = counts_[key];
  if (max > 0 && count >= max) return std::nullopt;
  ++count;
  return std::optional<Place>(std::in_place, *this, key);
}

void AddressCounts::giveBack(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(key);
  if (--found->second == 0) counts_.erase(found);
}

}  // namespace kavro::http
