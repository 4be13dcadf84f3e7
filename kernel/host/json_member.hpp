// Members of JSON objects that the kernel's own processes say to each other.
#pragma once

#include <string>
#include <string_view>

#include <kavro/json.hpp>

namespace kavro::host {

// The text of a member; empty when it is missing or no text.
inline std::string textOf(JsonValue object, std::string_view name) {
  const auto found = object.find(name);
  return std::string(found ? found->string().value_or("") : "");
}

}  // namespace kavro::host
