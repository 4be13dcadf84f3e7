// What must hold between the kernel's own settings, beyond what each one's schema says.
#pragma once

#include "kernel/config/problem.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/tls_files.hpp"

namespace kavro::registry {

// Fills listen, mounts, trusted_proxies and database_url of the composition from its kernel sections, and checks them:
// addresses, prefixes, ciphers, and the certificate and its key when https:// is served (tls_files.hpp).
void applyServerSettings(Composition& composition, config::Problems& problems);

// What TLS is made from; the clients' authorities only when somebody is asked for a certificate.
TlsFiles tlsFilesOf(const Composition& composition);

}  // namespace kavro::registry
