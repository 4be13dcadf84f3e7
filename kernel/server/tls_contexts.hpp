// The TLS contexts that new connections get: one for [http], and one for [admin], which is the same when no client has to
// show a certificate. While files and settings are what they were, they are the same ones. The keys of tickets are made
// with this object and outlive every change, so that clients can resume their sessions after a reload.
// Threads: one.
#pragma once

#include <memory>
#include <string>

#include <Poco/Net/Context.h>

#include "kernel/http/tls_context.hpp"
#include "kernel/registry/tls_files.hpp"

namespace kavro::server {

class TlsContexts {
 public:
  struct Found {
    Poco::Net::Context::Ptr http;
    Poco::Net::Context::Ptr admin;
  };

  // Throws std::runtime_error: the first thing that is wrong with a file, or as makeTlsContext(). What it returned before
  // stays in use then.
  Found find(const registry::TlsFiles& files, const http::TlsOptions& options);

  // Forgets keys of tickets when their time is over. Every second or so.
  void tick();

 private:
  std::string digest_, admin_digest_;  // of what the contexts were made from
  Found found_;
  std::shared_ptr<http::TicketKeys> tickets_;  // null until there are any
};

}  // namespace kavro::server
