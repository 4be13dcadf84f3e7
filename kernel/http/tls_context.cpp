#include "kernel/http/tls_context.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "kernel/http/server_names.hpp"

namespace kavro::http {

namespace {

using Native = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;
// Numbers of pairs, in their order: those that one name has.
using PairSet = std::vector<std::size_t>;

constexpr char kGroups[] = "X25519:P-256:P-384";
constexpr char kSignatures[] =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512";
constexpr int kSecurityLevel = 2;               // 112 bits: RSA from 2048 bits on, elliptic curves from 224
constexpr int kClientChainDepthMax = 4;         // authorities between a client's certificate and the trusted one
constexpr int kClientChainBytesMax = 32 * 1024;

[[noreturn]] void refuse(const std::string& what) {
  ERR_clear_error();
  throw std::runtime_error("[tls] " + what);
}

void expect(bool done, const std::string& what) {
  if (done) return;
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  refuse(what + ": " + (reason ? reason : "OpenSSL refuses it and does not say why"));
}

// What the callbacks of an SSL_CTX need, for as long as it lives: a handshake may outlast the server's own reference.
struct Attached {
  std::shared_ptr<TicketKeys> tickets;
  std::string session_names;  // of its certificates, and whom it is for
  ServerNames names;
  std::vector<Native> contexts;  // that `names` leads to; null: the one that this is attached to
};

void freeAttached(void*, void* attached, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Attached*>(attached); }

// A slot of OpenSSL's, which counts them for the process.
int slot() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, freeAttached);
  return index;
}

Attached& attachedTo(const SSL_CTX* context) { return *static_cast<Attached*>(SSL_CTX_get_ex_data(context, slot())); }

// A session is resumed in the same session context only: that of the certificates' names, so that it outlives a renewed
// one, and of the name that the client asked for (RFC 6066 section 3: it MUST NOT be resumed at another).
template <class Setting>
bool setSessionContext(Setting set, const std::string& session_names, std::string_view asked) {
  const std::string names = session_names + "\n\n" + lowerCase(asked);
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  return EVP_Digest(names.data(), names.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1 &&
         set(digest.data(), size) == 1;
}

// Before everything else in the ClientHello is looked at, so that a session is looked for with the right names.
int chooseCertificate(SSL* ssl, int*, void* user) {
  const auto& attached = *static_cast<const Attached*>(user);
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return SSL_CLIENT_HELLO_SUCCESS;
  const auto name = serverNameOf({reinterpret_cast<const char*>(data), size});
  const auto which = name ? attached.names.find(*name) : std::nullopt;
  SSL_CTX* const context = which ? attached.contexts[*which].get() : nullptr;
  if (context && SSL_set_SSL_CTX(ssl, context) == nullptr) return SSL_CLIENT_HELLO_ERROR;
  if (!name) return SSL_CLIENT_HELLO_SUCCESS;
  const auto set = [ssl](const unsigned char* id, unsigned bytes) { return SSL_set_session_id_context(ssl, id, bytes); };
  const std::string& names = attachedTo(SSL_get_SSL_CTX(ssl)).session_names;
  return setSessionContext(set, names, *name) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

// RFC 6066 section 3: whoever uses the name says so in the ServerHello.
int acknowledgeName(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

int chooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                   unsigned offered_size, void*) {
  for (const std::string_view protocol : {"http/1.1", "http/1.0"}) {
    for (unsigned at = 0; at < offered_size; at += 1U + offered[at]) {
      const std::string_view one(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
      if (one != protocol) continue;
      *chosen = offered + at + 1;
      *chosen_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int useTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seal) {
  TicketKeys* const keys = attachedTo(SSL_get_SSL_CTX(ssl)).tickets.get();
  return seal ? keys->seal(name, iv, cipher, mac) : keys->open(name, iv, cipher, mac);
}

class TlsContextMaker {
 public:
  TlsContextMaker(const TlsIdentity& identity, const TlsOptions& options, std::shared_ptr<TicketKeys> tickets,
                  const ClientAuthorities* clients)
      : identity_(identity), options_(options), tickets_(std::move(tickets)), clients_(clients) {
    if (clients_ || options_.ticket_lifetime.count() == 0) tickets_.reset();
  }

  Poco::Net::Context::Ptr make() {
    Poco::Net::Context::Params params;
    params.verificationMode = Poco::Net::Context::VERIFY_NONE;  // the default asks browsers for certificates
    params.loadDefaultCAs = false;
    Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, params));
    SSL_CTX* const native = context->sslContext();
    const PairSet first = pairsOfFirst();
    configure(native, first);
    Attached& attached = attachedTo(native);
    std::map<PairSet, std::size_t> made{{first, 0}};
    attached.contexts.emplace_back();
    for (const auto& [name, pairs] : pairsByName()) {
      const auto [place, is_new] = made.emplace(pairs, attached.contexts.size());
      if (is_new) {
        attached.contexts.emplace_back(SSL_CTX_new(TLS_server_method()));
        expect(attached.contexts.back() != nullptr, "a context");
        configure(attached.contexts.back().get(), pairs);
      }
      attached.names.add(name, place->second);
    }
    SSL_CTX_set_client_hello_cb(native, chooseCertificate, &attached);
    ERR_clear_error();
    return context;
  }

 private:
  std::map<std::string, PairSet> pairsByName() const {
    std::map<std::string, PairSet> by_name;
    for (std::size_t i = 0; i < identity_.pairs.size(); ++i) {
      for (const std::string& name : identity_.pairs[i].names()) addTo(by_name[name], i);
    }
    return by_name;
  }

  // Of one name and kind of key the first counts.
  void addTo(PairSet& pairs, std::size_t added) const {
    const std::string_view kind = identity_.pairs[added].keyKind();
    const bool taken = std::any_of(pairs.begin(), pairs.end(),
                                   [&](std::size_t i) { return identity_.pairs[i].keyKind() == kind; });
    if (!taken) pairs.push_back(added);
  }

  PairSet pairsOfFirst() const {
    PairSet pairs{0};
    const std::vector<std::string> names = identity_.pairs.front().names();
    for (std::size_t i = 1; i < identity_.pairs.size() && !names.empty(); ++i) {
      const std::vector<std::string> others = identity_.pairs[i].names();
      const bool has_all = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return std::find(others.begin(), others.end(), name) != others.end();
      });
      if (has_all) addTo(pairs, i);
    }
    return pairs;
  }

  void configure(SSL_CTX* context, const PairSet& pairs) const {
    auto attached = std::make_unique<Attached>();
    attached->tickets = tickets_;
    expect(SSL_CTX_set_ex_data(context, slot(), attached.get()) == 1, "a context");
    attached.release();
    SSL_CTX_set_security_level(context, kSecurityLevel);
    expect(SSL_CTX_set_cipher_list(context, options_.ciphers.c_str()) == 1, "ciphers \"" + options_.ciphers + "\"");
    expect(SSL_CTX_set1_groups_list(context, kGroups) == 1, kGroups);
    expect(SSL_CTX_set1_sigalgs_list(context, kSignatures) == 1, kSignatures);
    expect(SSL_CTX_set1_client_sigalgs_list(context, kSignatures) == 1, kSignatures);
    SSL_CTX_set_min_proto_version(context, options_.minimum_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    // Who puts ChaCha20 first has no AES in hardware.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // Buffers are given back when a connection idles; a partial write moves on; what came in one packet is read in one.
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context, acknowledgeName);
    resume(context, pairs);
    for (const std::size_t i : pairs) show(context, identity_.pairs[i]);
    if (clients_) believe(context);
  }

  void resume(SSL_CTX* context, const PairSet& pairs) const {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, tickets_ ? 1 : 0);
    if (!tickets_) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    if (tickets_) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(options_.ticket_lifetime);
      SSL_CTX_set_timeout(context, static_cast<long>(seconds.count()));
      SSL_CTX_set_tlsext_ticket_key_evp_cb(context, useTicketKey);
    }
    std::string& names = attachedTo(context).session_names;
    names = clients_ ? "clients" : "everybody";
    for (const std::string& name : identity_.pairs[pairs.front()].names()) names += '\n' + name;
    const auto set = [context](const unsigned char* id, unsigned bytes) {
      return SSL_CTX_set_session_id_context(context, id, bytes);
    };
    expect(setSessionContext(set, names, ""), "a session context");
  }

  static void show(SSL_CTX* context, const CertificatePair& pair) {
    const std::unique_ptr<STACK_OF(X509), Freeing<freeStack>> chain(sk_X509_new_null());
    expect(chain != nullptr, pair.file);
    for (const Certificate& issuer : pair.issuers) sk_X509_push(chain.get(), issuer.get());
    expect(SSL_CTX_use_cert_and_key(context, pair.certificate.get(), pair.key.get(), chain.get(), 1) == 1,
           "certificate " + pair.file + " cannot be used");
  }
  static void freeStack(STACK_OF(X509)* stack) { sk_X509_free(stack); }

  // Purpose "TLS client" is what OpenSSL asks of a client's certificate by itself.
  void believe(SSL_CTX* context) const {
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    for (const Certificate& authority : clients_->certificates) {
      expect(X509_STORE_add_cert(store, authority.get()) == 1, "client_ca");
      expect(SSL_CTX_add_client_CA(context, authority.get()) == 1, "client_ca");
    }
    for (const RevocationList& list : clients_->revoked) expect(X509_STORE_add_crl(store, list.get()) == 1, "client_crl");
    if (!clients_->revoked.empty()) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_verify_depth(context, kClientChainDepthMax);
    SSL_CTX_set_max_cert_list(context, kClientChainBytesMax);
  }

  const TlsIdentity& identity_;
  const TlsOptions& options_;
  std::shared_ptr<TicketKeys> tickets_;
  const ClientAuthorities* clients_;
};

}  // namespace

Poco::Net::Context::Ptr makeTlsContext(const TlsIdentity& identity, const TlsOptions& options,
                                       std::shared_ptr<TicketKeys> tickets, const ClientAuthorities* clients) {
  return TlsContextMaker(identity, options, std::move(tickets), clients).make();
}

}  // namespace kavro::http
