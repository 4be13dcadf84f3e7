// JSON with the server's own reader, for targets that check what was written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kavro/json.hpp>
#include <kavro/text.hpp>

#include "kernel/host/json_reader.hpp"

namespace kavro::fuzz {

// A parsed text, or nothing.
class ParsedJson {
 public:
  explicit ParsedJson(std::string_view text) {
    document_.size = sizeof document_;
    good_ = reader_.parse(toAbi(text), document_, why_) == KAVRO_OK;
  }
  ~ParsedJson() { host::JsonReader::release(document_); }
  ParsedJson(const ParsedJson&) = delete;
  ParsedJson& operator=(const ParsedJson&) = delete;

  explicit operator bool() const { return good_; }
  const char* why() const { return why_; }
  const kavro_json_document& document() const { return document_; }
  JsonValue root() const { return JsonValue(document_.nodes); }
  std::string compact() const {
    std::string text;
    JsonWriter(text).value(root());
    return text;
  }

 private:
  host::JsonReader reader_;
  kavro_json_document document_{};
  const char* why_ = nullptr;
  bool good_ = false;
};

inline bool isJson(std::string_view text) { return static_cast<bool>(ParsedJson(text)); }

}  // namespace kavro::fuzz
