// Bearer tokens: only what was signed with the key is accepted, and of that only what names a user, is good now and is
// signed as it says. Input: a line with the header and a line with the claims, which are signed; or "raw" and a token.
#include <sodium.h>

#include <string>

#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_verifier.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"
#include "tests/plugins/auth/json_tables.hpp"

using kavro::fuzz::require;
using namespace kavro::auth;

namespace {

constexpr std::chrono::seconds kNow{1'800'000'000};

std::string encoded(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // its zero
  return text;
}

std::string signedWith(const TokenKey& key, std::string_view header, std::string_view claims) {
  const std::string text = encoded(header) + "." + encoded(claims);
  return text + "." + encoded(key.sign(text));
}

void checkAccepted(std::string_view header, std::string_view payload, const Claims& claims) {
  const kavro::fuzz::ParsedJson head(header), body(payload);
  require(head && body && head.root().isObject() && body.root().isObject(), "two objects");
  require(head.root().find("alg") && head.root().find("alg")->string() == "HS256", "the algorithm", header);
  require(!head.root().find("crit"), "no extension that is not known", header);
  require(body.root().find("sub")->string() == std::to_string(claims.userId), "the user it names", payload);
  require(claims.userId > 0, "a user", payload);
  require(*body.root().find("exp")->real() > static_cast<double>(kNow.count()), "a token that has not expired",
          payload);
  const auto not_before = body.root().find("nbf");
  if (not_before)
    require(*not_before->real() <= static_cast<double>(kNow.count()), "a token that is good now", payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TokenKeys kKeys(std::make_unique<HmacKey>("a secret that is for this test alone"));
  static const TokenKey& kKey = kKeys.current();
  static const JsonTables kTables;
  static const TokenVerifier kVerifier(kKeys, kTables.tables(), std::chrono::milliseconds(0));
  const std::chrono::system_clock::time_point now(kNow);
  std::string_view input = kavro::fuzz::textOf(data, size);
  const std::string_view header = kavro::fuzz::takeLine(input);
  if (header == "raw") {
    const TokenVerifier::Verdict verdict = kVerifier.verify(input, now);
    require(verdict.claims.has_value() != !verdict.why.empty(), "claims or a reason");
    if (!verdict.claims) return 0;
    const std::size_t last = input.rfind('.');
    const std::string expected = encoded(kKey.sign(input.substr(0, last)));
    require(last != std::string_view::npos && input.substr(last + 1) == expected, "no forged token to be accepted",
            input);
    return 0;
  }
  const TokenVerifier::Verdict verdict = kVerifier.verify(signedWith(kKey, header, input), now);
  require(verdict.claims.has_value() != !verdict.why.empty(), "claims or a reason");
  if (verdict.claims) checkAccepted(header, input, *verdict.claims);
  return 0;
}
