#include "kernel/http/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "kernel/http/server_names.hpp"

namespace kavro::http {

std::vector<std::string> CertificatePair::names() const {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, Freeing<GENERAL_NAMES_free>> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* const data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    names.push_back(lowerCase({data, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  ERR_clear_error();
  return names;
}

std::string_view CertificatePair::keyKind() const {
  const char* const name = EVP_PKEY_get0_type_name(key.get());
  return name ? name : "";
}

bool speaksFor(X509* certificate, std::string_view authority) {
  const bool in_brackets = authority.starts_with('[');
  std::string_view host = authority.substr(0, authority.rfind(':'));
  if (in_brackets) host = authority.substr(1, authority.find(']') - 1);
  if (host.ends_with('.')) host.remove_suffix(1);  // the root's: the same name
  // OpenSSL takes an empty name for any, and ".example.org" for any name below.
  if (!certificate || host.empty() || host.front() == '.') return false;
  const unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  int found = in_brackets ? 0 : X509_check_host(certificate, host.data(), host.size(), flags, nullptr);
  if (found == 0) found = X509_check_ip_asc(certificate, std::string(host).c_str(), 0);
  ERR_clear_error();
  return found == 1;
}

}  // namespace kavro::http
