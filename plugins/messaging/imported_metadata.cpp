#include "imported_metadata.hpp"

#include <kavro/json.hpp>
#include <kavro/services/fernet_token.hpp>

namespace kavro::messaging {
namespace {

constexpr std::string_view kKeptAsText = "the metadata was no strict JSON and is kept as a string";

std::string quoted(std::string_view text) {
  std::string json;
  JsonWriter(json).string(text);
  return json;
}

std::optional<JsonDocument> parse(const Request::Tables& tables, std::string_view text) {
  kavro_json_document document{};
  document.size = sizeof document;
  const char* why = "";
  if (tables.json->parse(tables.host, toAbi(text), &document, &why) != KAVRO_OK) return std::nullopt;
  return std::optional<JsonDocument>(std::in_place, tables.json, document);
}

}  // namespace

ImportedMetadata::ImportedMetadata(const Host& host, const FieldCipher& cipher)
    : tables_(host.tables()), field_(cipher), cipher_(host.findService<Cipher>()) {}

std::optional<std::string> ImportedMetadata::compact(std::string_view text) const {
  const std::optional<JsonDocument> document = parse(tables_, text);
  if (!document) return std::nullopt;
  std::string json;
  JsonWriter(json).value(document->root());
  return json;
}

std::optional<std::string> ImportedMetadata::findString(std::string_view text) const {
  const std::optional<JsonDocument> document = parse(tables_, text);
  const auto string = document ? document->root().string() : std::nullopt;
  return string ? std::optional<std::string>(*string) : std::nullopt;
}

ImportedMetadata::Stored ImportedMetadata::seal(std::string_view json, std::string_view remark) const {
  if (json == "null") return {};
  return {field_.seal(json), remark};
}

ImportedMetadata::Stored ImportedMetadata::take(std::optional<std::string_view> json) const {
  if (!json) return {};
  const std::optional<std::string> string = findString(*json);
  if (!string) {
    const std::optional<std::string> value = compact(*json);
    return value ? seal(*value) : seal(quoted(*json), kKeptAsText);
  }
  if (!isFernetToken(*string)) return seal(compact(*string).value_or(quoted(*string)));
  const OpenedToken opened = openToken(cipher_, *string);
  if (!opened.plain) return {FieldCipher::Sealed{*string, true}, opened.why};
  // What is read from the table goes into an answer as it is, so it has to be JSON.
  if (!parse(tables_, *opened.plain)) return seal(quoted(*opened.plain), kKeptAsText);
  return {FieldCipher::Sealed{*string, true}, {}};
}

ImportedMetadata::Stored ImportedMetadata::takeToken(std::optional<std::string_view> token) const {
  if (!token) return {};
  const OpenedToken opened = openToken(cipher_, *token);
  if (opened.plain && !parse(tables_, *opened.plain)) return seal(quoted(*opened.plain), kKeptAsText);
  return {FieldCipher::Sealed{std::string(*token), true}, opened.why};
}

}  // namespace kavro::messaging
