// On whose behalf this thread runs at the moment: the request whose filter, handler or continuation is being called.
// Set by the kernel around each such call, read by the log, so that a line says which request it is about.
//
// It is the one thing that is kept per thread: a log line is written by plugin code that has no request at hand.
// Threads: each its own.
#pragma once

#include <string_view>

namespace kavro::host {

class CallContext {
 public:
  // `request_id` is borrowed until the object ends.
  explicit CallContext(std::string_view request_id) : outer_(current_) { current_ = request_id; }
  ~CallContext() { current_ = outer_; }
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  // Empty: no request.
  static std::string_view requestId() { return current_; }

 private:
  std::string_view outer_;
  static inline thread_local std::string_view current_;
};

}  // namespace kavro::host
