#include "tests/scenarios/reply.hpp"

#include <Poco/JSON/Parser.h>
#include <strings.h>

#include <algorithm>
#include <regex>
#include <stdexcept>

namespace kavro::testing {
namespace {

bool isSameName(const std::string& left, std::string_view right) {
  return left.size() == right.size() && strncasecmp(left.data(), right.data(), right.size()) == 0;
}

// What a test wanted and did not get, with what the server really said.
[[noreturn]] void refuse(const Reply& reply, const std::string& why) {
  throw std::runtime_error("status " + std::to_string(reply.status) + ", " + why + ": " + reply.body);
}

}  // namespace

std::optional<std::string> Reply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (isSameName(key, name)) return value;
  }
  return std::nullopt;
}

size_t Reply::count(std::string_view name) const {
  return static_cast<size_t>(
      std::count_if(headers.begin(), headers.end(), [&](const auto& field) { return isSameName(field.first, name); }));
}

Poco::JSON::Object::Ptr Reply::json() const {
  try {
    Poco::JSON::Parser parser;
    return parser.parse(body).extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception& error) {
    refuse(*this, "not a JSON object (" + error.displayText() + ")");
  }
}

std::string Reply::bodyWithoutRequestId() const {
  static const std::regex kRequestId(R"re(,"request_id":"[A-Za-z0-9._-]+")re");
  return std::regex_replace(body, kRequestId, "");
}

std::string Reply::string(const std::string& member) const {
  const Poco::Dynamic::Var value = json()->get(member);
  if (!value.isString()) refuse(*this, member + " is no string");
  return value.extract<std::string>();
}

std::int64_t Reply::integer(const std::string& member) const {
  const Poco::Dynamic::Var value = json()->get(member);
  if (!value.isInteger()) refuse(*this, member + " is no integer");
  return value.convert<std::int64_t>();
}

Poco::JSON::Array::Ptr Reply::array(const std::string& member) const {
  const Poco::JSON::Array::Ptr value = json()->getArray(member);
  if (!value) refuse(*this, member + " is no array");
  return value;
}

}  // namespace kavro::testing
