// What a server answered, in a form that is easy to assert about. A plain value.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kavro::testing {

struct Reply {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;  // in the order sent
  std::string body;

  // The first header of that name, any case.
  std::optional<std::string> header(std::string_view name) const;
  // How many there are of that name.
  size_t count(std::string_view name) const;

  // The body without what differs from one answer to the next: the member "request_id" of a problem.
  std::string bodyWithoutRequestId() const;
  // The body as a JSON object; throws std::runtime_error that shows the body when it is none.
  Poco::JSON::Object::Ptr json() const;
  // A member of that object; throws when it is missing or of another type.
  std::string string(const std::string& member) const;
  std::int64_t integer(const std::string& member) const;
  Poco::JSON::Array::Ptr array(const std::string& member) const;
};

}  // namespace kavro::testing
