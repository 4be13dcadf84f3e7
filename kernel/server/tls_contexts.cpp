#include "kernel/server/tls_contexts.hpp"

#include <openssl/evp.h>

#include "kernel/config/file_content.hpp"

namespace kavro::server {

namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

std::string sha256(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

// Each part behind its length, so that no two choices of parts are the same text.
void append(std::string& text, const std::string& part) { text += std::to_string(part.size()) + ':' + part; }

}  // namespace

Poco::Net::Context::Ptr TlsContexts::find(const http::TlsOptions& options) {
  std::string text;
  for (const std::string& part : {options.certificate, options.private_key, options.minimum_version, options.ciphers,
                                  config::readFile(options.certificate, kFileBytesMax).bytes,
                                  config::readFile(options.private_key, kFileBytesMax).bytes}) {
    append(text, part);
  }
  const std::string digest = sha256(text);
  if (context_ && digest == digest_) return context_;
  context_ = http::makeTlsContext(options);
  digest_ = digest;
  return context_;
}

}  // namespace kavro::server
