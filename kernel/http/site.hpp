// The HTTP part of a generation: routes, filters in their order, fields for every response. Built once, then immutable
// and shared by all reactors; each request keeps the site it started with.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/http.h>

#include "kernel/http/failure_policy.hpp"
#include "kernel/http/plugin_calls.hpp"
#include "kernel/http/router.hpp"

namespace kavro::http {

struct Filter {
  std::string owner;
  std::int32_t phase = 0;
  std::int32_t order = 0;
  void* user = nullptr;
  std::int32_t (*run)(void*, kavro_exchange*, const kavro_request*) = nullptr;
  std::string challenge;
  FailurePolicy policy;
  std::shared_ptr<PluginCalls> calls;  // null: not counted and never quarantined
};

struct Site {
  // Sorts the filters into their phases; plugins come in dependency order already. `admin`: when there are addresses of
  // [admin], all routes, and `the_router` has those that are not the admin's.
  Site(Router the_router, std::vector<Filter> filters, std::vector<std::pair<std::string, std::string>> fields,
       std::optional<Router> admin = std::nullopt);

  const Router& routerFor(bool admin) const { return admin && admin_router ? *admin_router : router; }

  Router router;
  std::optional<Router> admin_router;

  // What runs before the handler: [0, admit_end) admit, [admit_end, authenticate_end) authenticate, then authorise.
  std::vector<Filter> before;
  std::size_t admit_end = 0;
  std::size_t authenticate_end = 0;
  std::vector<Filter> respond;
  std::vector<Filter> observe;

  std::string challenges;  // for WWW-Authenticate

  // Fields for every response, each also as its line "Name: value\r\n"; constant_block is all the lines.
  struct ConstantField {
    std::string name;
    std::string line;
  };
  std::vector<ConstantField> constant_fields;
  std::string constant_block;

  // What keeps the plugins alive that the pointers above lead to.
  std::shared_ptr<void> owner;
};

// The site that new requests get. Reading costs one relaxed load while nothing changes (see Reactor).
class CurrentSite {
 public:
  void publish(std::shared_ptr<const Site> site) {
    const std::lock_guard lock(mutex_);
    site_ = std::move(site);
    version_.fetch_add(1, std::memory_order_release);
  }
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  std::shared_ptr<const Site> get() const {
    const std::lock_guard lock(mutex_);
    return site_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Site> site_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace kavro::http
