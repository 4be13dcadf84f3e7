// GET /keys/{user_id}: the public keys of a user's devices, oldest first; an empty list for a user nobody knows, so
// that the answer does not tell who has an account. 200 {devices: [...]}; 422 when the id is no positive integer.
#pragma once

#include <kavro/plugin.hpp>

#include "device_store.hpp"

namespace kavro::keys {

class ListDevices {
 public:
  // `store` must outlive it.
  explicit ListDevices(const DeviceStore& store) : store_(store) {}

  Task<Response> operator()(const Request& request) const;

 private:
  const DeviceStore& store_;
};

}  // namespace kavro::keys
