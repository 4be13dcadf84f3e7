#include "imported_tokens.hpp"

#include <memory>
#include <string>

#include <kavro/error.hpp>
#include <kavro/import.hpp>

#include "hmac_key.hpp"

namespace kavro::auth {
namespace {

constexpr std::size_t kImportedSecretBytesMin = 1;

std::chrono::system_clock::time_point readUntil(std::string_view text, std::chrono::system_clock::time_point now) {
  const bool is_day = text.find(':') == std::string_view::npos;
  const auto time_us = parseUtcTime(is_day ? std::string(text) + " 00:00:00" : std::string(text));
  if (!time_us) {
    throw Error(Status::kInvalid,
                "imported_secret_until is no day: expected one such as 2026-01-31, by which the tokens "
                "of the other service have expired (it gave them 24 hours unless told otherwise)");
  }
  const std::chrono::system_clock::time_point until{std::chrono::microseconds(*time_us)};
  if (until > now + ImportedTokens::kLifeMax) {
    throw Error(Status::kInvalid,
                "imported_secret_until is more than " + std::to_string(ImportedTokens::kLifeMax.count()) +
                    " days away: expected the day by which the tokens of the other service have expired");
  }
  return until;
}

}  // namespace

ImportedTokens::ImportedTokens(std::string_view secret, std::string_view until, const Request::Tables& tables,
                               std::chrono::milliseconds leeway, std::chrono::system_clock::time_point now)
    : keys_(std::make_unique<HmacKey>(secret, kImportedSecretBytesMin)),
      verifier_(keys_, tables, leeway),
      until_(readUntil(until, now)) {}

TokenVerifier::Verdict ImportedTokens::verify(std::string_view token, std::chrono::system_clock::time_point now) const {
  TokenVerifier::Verdict verdict = verifier_.verify(token, now);
  if (areOver(now)) return {std::nullopt, "The token has expired"};
  if (verdict.claims && verdict.claims->expires_s > unixSeconds(until_)) {
    return {std::nullopt, "The token is good for too long"};
  }
  return verdict;
}

}  // namespace kavro::auth
