#include "kernel/registry/tls_ciphers.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/config/problem.hpp"
#include "kernel/http/tls_identity.hpp"

namespace kavro::registry {
namespace {

constexpr std::size_t kCipherNamesMax = 3;  // in one message

using Context = std::unique_ptr<SSL_CTX, http::Freeing<SSL_CTX_free>>;

// "AES256-SHA (no forward secrecy, no authenticated encryption)"; empty when it is one that may be.
std::string flawOf(const SSL_CIPHER* cipher) {
  if (SSL_CIPHER_get_kx_nid(cipher) == NID_kx_any) return {};  // of TLS 1.3, which the list does not choose
  std::vector<std::string> lacks;
  const std::string name = SSL_CIPHER_get_name(cipher);
  if (SSL_CIPHER_get_kx_nid(cipher) != NID_kx_ecdhe) {
    lacks.push_back("no ECDHE");
  } else if (!name.starts_with("ECDHE-ECDSA-") && !name.starts_with("ECDHE-RSA-")) {
    lacks.push_back("no certificate");
  }
  if (SSL_CIPHER_is_aead(cipher) != 1) lacks.push_back("no authenticated encryption");
  if (name.ends_with("CCM8")) lacks.push_back("a short tag");
  return lacks.empty() ? "" : name + " (" + config::listed(lacks) + ")";
}

// A word of the list that stands for ciphers, and that OpenSSL passes over in silence because it knows none of it.
std::string unknownWord(SSL_CTX* context, const std::string& ciphers) {
  std::string word;
  for (std::size_t at = 0; at <= ciphers.size(); ++at) {
    if (at < ciphers.size() && std::string_view(":, ").find(ciphers[at]) == std::string_view::npos) {
      word += ciphers[at];
      continue;
    }
    const bool is_choice = !word.empty() && std::string_view("!-+@").find(word[0]) == std::string_view::npos;
    if (is_choice && SSL_CTX_set_cipher_list(context, word.c_str()) != 1) return word;
    word.clear();
  }
  return {};
}

}  // namespace

std::string whyNoCiphers(const std::string& ciphers) {
  const Context context(SSL_CTX_new(TLS_server_method()));
  const bool known = context && SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()) == 1;
  ERR_clear_error();
  if (!known) {
    return config::inQuotes(ciphers) +
           ": OpenSSL knows none of these; expected names such as "
           "ECDHE-ECDSA-AES128-GCM-SHA256 with : between them (openssl ciphers -v lists all)";
  }
  std::vector<std::string> flaws;
  const STACK_OF(SSL_CIPHER)* const list = SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(list); ++i) {
    if (std::string flaw = flawOf(sk_SSL_CIPHER_value(list, i)); !flaw.empty()) flaws.push_back(std::move(flaw));
  }
  if (!flaws.empty()) {
    const std::size_t more = flaws.size() - std::min(flaws.size(), kCipherNamesMax);
    flaws.resize(flaws.size() - more);
    return config::inQuotes(ciphers) + ": has " + config::listed(flaws) +
           (more > 0 ? " and " + std::to_string(more) + " more like these" : "") +
           "; only ECDHE with AES-GCM, CCM or ChaCha20-Poly1305 may be: leave the setting away for all of the good ones";
  }
  const std::string word = unknownWord(context.get(), ciphers);
  ERR_clear_error();
  if (word.empty()) return {};
  return config::inQuotes(word) + ": OpenSSL knows no such cipher (openssl ciphers -v lists all)";
}

}  // namespace kavro::registry
