// The TLS context that new connections get. While certificate, key and settings are what they were, it is the same one,
// so that clients can resume their sessions after a reload.
// Threads: one.
#pragma once

#include <string>

#include <Poco/Net/Context.h>

#include "kernel/http/tls_context.hpp"

namespace kavro::server {

class TlsContexts {
 public:
  // Throws as makeTlsContext(). What it returned before stays in use then.
  Poco::Net::Context::Ptr find(const http::TlsOptions& options);

 private:
  std::string digest_;  // of what the context was made from
  Poco::Net::Context::Ptr context_;
};

}  // namespace kavro::server
