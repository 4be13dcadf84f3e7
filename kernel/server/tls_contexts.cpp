#include "kernel/server/tls_contexts.hpp"

#include <stdexcept>

namespace kavro::server {

TlsContexts::Found TlsContexts::find(const registry::TlsFiles& files, const http::TlsOptions& options) {
  const registry::TlsMaterial material = registry::readTlsFiles(files);
  for (const registry::TlsFlaw& flaw : material.flaws) {
    if (flaw.severity != config::Severity::kError) continue;
    throw std::runtime_error("[" + std::string(flaw.section()) + "] " + flaw.key + ": " + flaw.why);
  }
  if (options.ticket_lifetime.count() == 0) {
    tickets_.reset();
  } else if (!tickets_) {
    tickets_ = std::make_shared<http::TicketKeys>(options.ticket_lifetime);
  }
  const std::string digest = material.digest + '\n' + options.minimum_version + '\n' + options.ciphers + '\n' +
                             std::to_string(options.ticket_lifetime.count());
  const std::string admin_digest = digest + '\n' + (material.clients ? material.clients_digest : "");
  Found next = found_;
  if (!next.http || digest != digest_) next.http = http::makeTlsContext(material.identity, options, tickets_);
  if (!material.clients) {
    next.admin = next.http;
  } else if (!next.admin || admin_digest != admin_digest_) {
    next.admin = http::makeTlsContext(material.identity, options, tickets_, &*material.clients);
  }
  if (tickets_) tickets_->setLifetime(options.ticket_lifetime);
  digest_ = digest;
  admin_digest_ = admin_digest;
  found_ = next;
  return found_;
}

void TlsContexts::tick() {
  if (tickets_) tickets_->rotate();
}

}  // namespace kavro::server
