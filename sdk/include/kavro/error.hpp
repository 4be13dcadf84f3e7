// What the SDK throws inside a plugin. It never leaves the plugin: the SDK catches it at the boundary, where a request
// becomes a 500 or, for kUnavailable and kTimeout, a 503 with Retry-After.
#pragma once

#include <stdexcept>
#include <string>

#include <kavro/abi/base.h>

namespace kavro {

enum class Status : kavro_status {
  kOk = KAVRO_OK,
  kError = KAVRO_ERROR,
  kInvalid = KAVRO_INVALID,
  kNotFound = KAVRO_NOT_FOUND,
  kConflict = KAVRO_CONFLICT,
  kUnavailable = KAVRO_UNAVAILABLE,
  kUnsupported = KAVRO_UNSUPPORTED,
  kTimeout = KAVRO_TIMEOUT,
};

class Error : public std::runtime_error {
 public:
  Error(Status status, const std::string& what) : std::runtime_error(what), status_(status) {}
  Status status() const { return status_; }

 private:
  Status status_;
};

// Throws unless `status` is KAVRO_OK.
inline void check(kavro_status status, const std::string& what) {
  if (status != KAVRO_OK) throw Error(static_cast<Status>(status), what);
}

}  // namespace kavro
