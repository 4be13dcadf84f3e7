// The fields that the settings ask for, checked: the nine that have a setting of their own, then the family header.*.
//
// Threads: a value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/settings.hpp>

namespace kavro::headers {

// A setting and the field it stands for.
struct Known {
  std::string_view setting;
  std::string_view field;
};

inline constexpr Known kKnown[] = {
    {"strict_transport_security", "Strict-Transport-Security"},
    {"content_security_policy", "Content-Security-Policy"},
    {"x_frame_options", "X-Frame-Options"},
    {"x_content_type_options", "X-Content-Type-Options"},
    {"x_xss_protection", "X-XSS-Protection"},
    {"referrer_policy", "Referrer-Policy"},
    {"cross_origin_opener_policy", "Cross-Origin-Opener-Policy"},
    {"cross_origin_resource_policy", "Cross-Origin-Resource-Policy"},
    {"cache_control", "Cache-Control"},
};

class HeaderList {
 public:
  using Field = std::pair<std::string, std::string>;

  // Throws std::invalid_argument: `[headers] x_frame_options: found ..., expected ...`, for the family with the place
  // in the file in front.
  explicit HeaderList(const Settings& settings);

  const std::vector<Field>& fields() const { return fields_; }

 private:
  void addKnown(const Known& known, const std::string& value);
  void addOther(const Settings::Entry& entry);

  std::vector<Field> fields_;
};

}  // namespace kavro::headers
