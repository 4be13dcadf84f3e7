#include "token_keys.hpp"

#include <algorithm>
#include <bitset>

#include <kavro/error.hpp>
#include <kavro/json.hpp>

#include "hmac_key.hpp"

namespace kavro::auth {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
constexpr std::string_view kSeparators = " \t\r\n";
// A secret that was drawn at random has more, in hexadecimal digits too: that it has fewer by chance is less likely
// than that it is guessed.
constexpr std::size_t kDifferentBytesMin = 8;

// Fails with what `read` says, after where it was.
template <class Read>
auto named(const std::string& where, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(error.status(), where + ": " + error.what());
  }
}

std::unique_ptr<const TokenKey> readSecret(std::string_view secret) {
  if (secret.find(kBegin) != std::string_view::npos) {
    throw Error(
        Status::kInvalid,
        "found a key in PEM, expected the secret of token_algorithm = HS256: whoever knows the public key could "
        "make tokens; for that key set token_algorithm = EdDSA, or make a secret with: openssl rand -hex 32");
  }
  std::bitset<256> different;
  for (const char c : secret) different.set(static_cast<unsigned char>(c));
  if (secret.size() >= kSecretBytesMin && different.count() < kDifferentBytesMin) {
    throw Error(Status::kInvalid, "found " + std::to_string(different.count()) + " different characters in " +
                                      std::to_string(secret.size()) + ", which can be guessed: expected at least " +
                                      std::to_string(kDifferentBytesMin) + "; make one with: openssl rand -hex 32");
  }
  return std::make_unique<HmacKey>(secret);
}

std::unique_ptr<const TokenKey> readSigner(std::string_view pem) {
  if (pem.find(kBegin) == std::string_view::npos) {
    throw Error(Status::kInvalid,
                "found no key in PEM, which token_algorithm = EdDSA needs; make one with: openssl genpkey -algorithm "
                "ed25519 -out token.key, and put the secret of HS256 into previous_secrets while its tokens are good");
  }
  std::unique_ptr<const Ed25519Key> key = Ed25519Key::fromPem(pem);
  if (!key->canSign()) throw Error(Status::kInvalid, "found a public key, expected the private one, which signs");
  return key;
}

// Takes one PEM block off the front of `text`, with its lines of dashes.
std::string_view takePem(std::string_view& text) {
  const std::size_t end = text.find(kEnd);
  const std::size_t dashes = end == std::string_view::npos ? end : text.find(kDashes, end + kEnd.size());
  if (dashes == std::string_view::npos) throw Error(Status::kInvalid, "the key in PEM has no line with its END");
  const std::string_view block = text.substr(0, dashes + kDashes.size());
  text.remove_prefix(block.size());
  return block;
}

std::unique_ptr<const TokenKey> takePrevious(std::string_view& text) {
  if (text.starts_with(kBegin)) return Ed25519Key::fromPem(takePem(text));
  const std::string_view word = text.substr(0, text.find_first_of(kSeparators));
  text.remove_prefix(word.size());
  return readSecret(word);
}

}  // namespace

TokenKeys::TokenKeys(std::unique_ptr<const TokenKey> current) { keys_.push_back(std::move(current)); }

TokenKeys TokenKeys::read(std::string_view algorithm, std::string_view secret, std::string_view previous) {
  TokenKeys keys(named("secret", [&]() -> std::unique_ptr<const TokenKey> {
    return algorithm == Ed25519Key::kAlgorithm ? readSigner(secret) : readSecret(secret);
  }));
  std::size_t count = 0;
  for (std::size_t start = 0; (start = previous.find_first_not_of(kSeparators)) != std::string_view::npos;) {
    previous.remove_prefix(start);
    const std::string where = "previous_secrets: key " + std::to_string(++count);
    if (count > kPreviousMax) {
      throw Error(Status::kInvalid, where + " is one too many, at most " + std::to_string(kPreviousMax) +
                                        " are taken; drop those whose tokens have expired");
    }
    keys.addPrevious(named(where, [&] { return takePrevious(previous); }));
  }
  return keys;
}

void TokenKeys::addPrevious(std::unique_ptr<const TokenKey> key) {
  const auto same = [&](const auto& known) {
    return known->algorithm() == key->algorithm() && known->id() == key->id();
  };
  if (std::none_of(keys_.begin(), keys_.end(), same)) keys_.push_back(std::move(key));
}

std::string TokenKeys::publicKeySet() const {
  std::string out;
  JsonWriter writer(out);
  writer.beginObject().key("keys").beginArray();
  bool any = false;
  for (const auto& key : keys_) {
    const auto* pair = dynamic_cast<const Ed25519Key*>(key.get());
    if (!pair) continue;
    any = true;
    writer.beginObject().key("kty").string("OKP").key("crv").string("Ed25519").key("x").string(pair->publicKey());
    writer.key("use").string("sig").key("alg").string(pair->algorithm()).key("kid").string(pair->id()).endObject();
  }
  writer.endArray().endObject();
  return any ? out : std::string();
}

}  // namespace kavro::auth
