// A request's id, as a value: what outlives the exchange carries its own copy.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace kavro::http {

class RequestId {
 public:
  static constexpr std::size_t kBytesMax = 64;

  RequestId() {}  // empty; the text is left as it is, which costs nothing
  explicit RequestId(std::string_view text) : size_(static_cast<std::uint8_t>(std::min(text.size(), kBytesMax))) {
    text.copy(text_, size_);  // not memcpy: the data of an empty text may be null
  }
  std::string_view view() const { return {text_, size_}; }

  // What a trusted proxy may give: [A-Za-z0-9._-]{1,64}.
  static bool isAcceptable(std::string_view text) {
    return !text.empty() && text.size() <= kBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
             c == '-';
    });
  }

 private:
  char text_[kBytesMax];
  std::uint8_t size_ = 0;
};

}  // namespace kavro::http
