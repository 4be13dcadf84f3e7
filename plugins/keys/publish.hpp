// POST /keys/publish {identity_pubkey, device_name?}: the caller's device gets a public key.
// 201 {status, device_id}; 409 too many devices; 422 with details.
#pragma once

#include <kavro/plugin.hpp>

#include "device_name.hpp"
#include "device_store.hpp"
#include "public_key.hpp"

namespace kavro::keys {

class Publish {
 public:
  // `host` and `store` must outlive it.
  Publish(const Host& host, const DeviceStore& store, KeyRule key_rule, DeviceNameRule name_rule)
      : host_(host), store_(store), key_rule_(key_rule), name_rule_(name_rule) {}

  Task<Response> operator()(const Request& request) const;

 private:
  Response refuse(const Request& request, std::string_view reason, Response response) const;

  const Host& host_;
  const DeviceStore& store_;
  KeyRule key_rule_;
  DeviceNameRule name_rule_;
};

}  // namespace kavro::keys
