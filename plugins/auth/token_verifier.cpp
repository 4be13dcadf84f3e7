#include "token_verifier.hpp"

#include <algorithm>
#include <cstring>

#include <kavro/json.hpp>
#include <kavro/text.hpp>

namespace kavro::auth {
namespace {

constexpr std::string_view kMalformed = "The token is malformed";

std::optional<std::string> decodeBase64Url(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 2, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

std::optional<JsonDocument> parseObject(const Request::Tables& tables, std::string_view text) {
  kavro_json_document document{};
  document.size = sizeof document;
  const char* why = "";
  if (tables.json->parse(tables.host, toAbi(text), &document, &why) != KAVRO_OK) return std::nullopt;
  std::optional<JsonDocument> parsed(std::in_place, tables.json, document);
  if (!parsed->root().isObject()) return std::nullopt;
  return parsed;
}

std::string_view whyNotHeader(JsonValue header) {
  const auto algorithm = header.find("alg");
  if (!algorithm || algorithm->string() != "HS256") return "The token is not signed with HS256";
  if (header.find("crit")) return "The token needs an extension that is not supported";
  if (const auto type = header.find("typ"); type && !equalsIgnoringCase(type->string().value_or(""), "JWT")) {
    return "The token is not a JWT";
  }
  return {};
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

TokenVerifier::Verdict refuse(std::string_view why) { return {std::nullopt, why}; }

}  // namespace

std::string_view TokenVerifier::open(std::string_view token, std::string& payload) const {
  if (token.size() > kTokenBytesMax) return "The token is too long";
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) return kMalformed;  // also when there is no dot at all

  const auto header = decodeBase64Url(token.substr(0, first));
  auto middle = decodeBase64Url(token.substr(first + 1, last - first - 1));
  const auto signature = decodeBase64Url(token.substr(last + 1));
  if (!header || !middle || !signature) return kMalformed;

  TokenMac mac;
  if (signature->size() != mac.size()) return "The signature of the token is wrong";
  std::memcpy(mac.data(), signature->data(), mac.size());
  if (!key_.matches(token.substr(0, last), mac)) return "The signature of the token is wrong";

  const auto parsed = parseObject(tables_, *header);
  if (!parsed) return kMalformed;
  if (const auto why = whyNotHeader(parsed->root()); !why.empty()) return why;
  payload = std::move(*middle);
  return {};
}

TokenVerifier::Verdict TokenVerifier::verify(std::string_view token, std::chrono::system_clock::time_point now) const {
  std::string payload;
  if (const auto why = open(token, payload); !why.empty()) return refuse(why);
  const auto parsed = parseObject(tables_, payload);
  if (!parsed) return refuse(kMalformed);
  const JsonValue claims = parsed->root();

  const auto userId = readSubject(claims.find("sub"));
  if (!userId) return refuse("The token names no user");
  if (claims.find("aud")) return refuse("The token is meant for another audience");

  const double now_s = unixSeconds(now);
  const double leeway_s = std::chrono::duration<double>(leeway_).count();
  const auto expires = claims.find("exp");
  const auto expires_s = expires ? expires->real() : std::nullopt;
  if (!expires_s) return refuse("The token does not say when it expires");
  if (now_s >= *expires_s + leeway_s) return refuse("The token has expired");

  if (const auto notBefore = claims.find("nbf")) {
    const auto notBefore_s = notBefore->real();
    if (!notBefore_s) return refuse(kMalformed);
    if (now_s < *notBefore_s - leeway_s) return refuse("The token is not valid yet");
  }
  if (const auto issued = claims.find("iat"); issued && !issued->real()) return refuse(kMalformed);
  return {Claims{*userId, *expires_s + leeway_s}, {}};
}

}  // namespace kavro::auth
