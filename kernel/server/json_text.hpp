// Reads a JSON text with the kernel's own reader.
#pragma once

#include <string_view>

#include <kavro/json.hpp>
#include <kavro/text.hpp>

#include "kernel/host/json_reader.hpp"

namespace kavro::server {

// read(JsonValue root) when the text is JSON; false when it is not. What is read is borrowed for the call.
template <class Read>
bool readJson(std::string_view text, Read read) {
  host::JsonReader reader;
  kavro_json_document document{};
  const char* why = nullptr;
  if (reader.parse(toAbi(text), document, why) != KAVRO_OK) return false;
  read(JsonValue(document.nodes));
  host::JsonReader::release(document);
  return true;
}

}  // namespace kavro::server
