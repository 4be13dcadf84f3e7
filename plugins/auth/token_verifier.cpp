#include "token_verifier.hpp"

#include <algorithm>
#include <utility>

#include <kavro/json.hpp>
#include <kavro/text.hpp>

#include "base64_url.hpp"

namespace kavro::auth {
namespace {

constexpr std::string_view kMalformed = "The token is malformed";

std::optional<JsonDocument> parseObject(const Request::Tables& tables, std::string_view text) {
  kavro_json_document document{};
  document.size = sizeof document;
  const char* why = "";
  if (tables.json->parse(tables.host, toAbi(text), &document, &why) != KAVRO_OK) return std::nullopt;
  std::optional<JsonDocument> parsed(std::in_place, tables.json, document);
  if (!parsed->root().isObject()) return std::nullopt;
  return parsed;
}

// What a header says, of which nothing is believed before the signature is checked.
struct Header {
  std::optional<std::string_view> algorithm;
  std::optional<std::string_view> key_id;
  std::string_view why_not;  // empty: it can be one of ours
};

Header readHeader(JsonValue object) {
  constexpr std::string_view kUnsupported = "The token needs an extension that is not supported";
  constexpr std::string_view kOwnKey = "The token brings a key of its own";
  Header header;
  object.eachMember([&](std::string_view name, JsonValue value) {
    if (name == "alg") {
      header.algorithm = value.string();
    } else if (name == "kid") {
      header.key_id = value.string();
      if (!header.key_id) header.why_not = kMalformed;
    } else if (name == "typ") {
      if (!equalsIgnoringCase(value.string().value_or(""), "JWT")) header.why_not = "The token is not a JWT";
    } else if (name == "crit" || name == "b64" || name == "zip") {
      header.why_not = kUnsupported;
    } else if (name == "jku" || name == "jwk" || name == "x5u" || name == "x5c") {
      header.why_not = kOwnKey;
    }
  });
  return header;
}

// "7" -> 7. Digits only: parseInteger alone would take "-7" and "007", which name no user or one under another name.
std::optional<int64_t> readSubject(const std::optional<JsonValue>& subject) {
  const auto text = subject ? subject->string() : std::nullopt;
  if (!text || text->empty() || text->front() == '0' ||
      !std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  return parseInteger(*text);
}

// RFC 7519 section 4.1.3: one, or a list of them.
bool isAmong(const std::optional<JsonValue>& audience, std::string_view wanted) {
  if (!audience) return false;
  bool found = audience->string() == wanted;
  if (audience->isArray()) {
    audience->eachElement([&](JsonValue each) { found = found || each.string() == wanted; });
  }
  return found;
}

TokenVerifier::Verdict refuse(std::string_view why) { return {std::nullopt, why}; }

}  // namespace

TokenVerifier::TokenVerifier(const TokenKeys& keys, const Request::Tables& tables, std::chrono::milliseconds leeway,
                             TokenParties parties)
    : keys_(keys),
      tables_(tables),
      leeway_s_(std::chrono::duration<double>(leeway).count()),
      parties_(std::move(parties)) {}

std::string_view TokenVerifier::open(std::string_view token, std::string& payload) const {
  if (token.size() > kTokenBytesMax) return "The token is too long";
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) return kMalformed;  // also when there is no dot at all

  const auto head = decodeBase64Url(token.substr(0, first));
  auto middle = decodeBase64Url(token.substr(first + 1, last - first - 1));
  const auto signature = decodeBase64Url(token.substr(last + 1));
  if (!head || !middle || !signature) return kMalformed;

  const auto parsed = parseObject(tables_, *head);
  if (!parsed) return kMalformed;
  const Header header = readHeader(parsed->root());
  if (!header.why_not.empty()) return header.why_not;

  bool algorithm_is_ours = false, key_is_ours = false;
  for (const auto& key : keys_.all()) {
    if (key->algorithm() != header.algorithm) continue;
    algorithm_is_ours = true;
    if (header.key_id && *header.key_id != key->id()) continue;
    key_is_ours = true;
    if (!key->verifies(token.substr(0, last), *signature)) continue;
    payload = std::move(*middle);
    return {};
  }
  if (!algorithm_is_ours) return "The token is signed with an algorithm that is not accepted";
  return key_is_ours ? "The signature of the token is wrong" : "The token is signed with a key that is not known";
}

std::string_view TokenVerifier::whyNotNow(JsonValue claims, double expires_s, double now_s) const {
  if (now_s >= expires_s + leeway_s_) return "The token has expired";
  if (const auto notBefore = claims.find("nbf")) {
    const auto notBefore_s = notBefore->real();
    if (!notBefore_s) return kMalformed;
    if (now_s < *notBefore_s - leeway_s_) return "The token is not valid yet";
  }
  const auto issued = claims.find("iat");
  return issued && !issued->real() ? kMalformed : std::string_view();
}

std::string_view TokenVerifier::whyNotHere(JsonValue claims) const {
  const auto issuer = claims.find("iss");
  if (!parties_.issuer.empty() && (!issuer || issuer->string() != parties_.issuer)) {
    return "The token is from another issuer";
  }
  const auto audience = claims.find("aud");
  const bool is_ours = parties_.audience.empty() ? !audience : isAmong(audience, parties_.audience);
  return is_ours ? std::string_view() : "The token is meant for another audience";
}

TokenVerifier::Verdict TokenVerifier::verify(std::string_view token, std::chrono::system_clock::time_point now) const {
  std::string payload;
  if (const auto why = open(token, payload); !why.empty()) return refuse(why);
  const auto parsed = parseObject(tables_, payload);
  if (!parsed) return refuse(kMalformed);
  const JsonValue claims = parsed->root();

  const auto userId = readSubject(claims.find("sub"));
  if (!userId) return refuse("The token names no user");
  const auto expires = claims.find("exp");
  const auto expires_s = expires ? expires->real() : std::nullopt;
  if (!expires_s) return refuse("The token does not say when it expires");
  if (const auto why = whyNotHere(claims); !why.empty()) return refuse(why);
  if (const auto why = whyNotNow(claims, *expires_s, unixSeconds(now)); !why.empty()) return refuse(why);
  return {Claims{*userId, *expires_s + leeway_s_}, {}};
}

}  // namespace kavro::auth
