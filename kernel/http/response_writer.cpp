#include "kernel/http/response_writer.hpp"

#include <algorithm>
#include <charconv>

#include <kavro/response.hpp>
#include <kavro/text.hpp>

#include "kernel/http/characters.hpp"

namespace kavro::http {

namespace {

constexpr std::string_view kOwnFields[] = {"content-length", "date", "connection", "transfer-encoding"};

void appendNumber(std::string& out, std::size_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// 204 and 304 have no body by definition (RFC 9110, 15.3.5 and 15.4.5).
bool hasNoBody(int status) { return status == 204 || status == 304; }

bool overrides(std::string_view name, const kavro_response& response, const ResponseFrame& frame) {
  for (std::size_t i = 0; i < response.field_count; ++i) {
    if (equalsIgnoringCase(fromAbi(response.fields[i].name), name)) return true;
  }
  return std::any_of(frame.added_names.begin(), frame.added_names.end(),
                     [&](const std::string& added) { return equalsIgnoringCase(added, name); });
}

}  // namespace

std::string_view whyInvalid(std::string_view name, std::string_view value) {
  if (name.empty() || !allOf(kTokenLower, name)) return "a field name is no token";
  if (!isFieldValue(value)) return "a field value has a control character";
  for (const std::string_view own : kOwnFields) {
    if (equalsIgnoringCase(name, own)) return "Content-Length, Date, Connection and Transfer-Encoding are the kernel's";
  }
  return {};
}

std::string_view whyInvalid(const kavro_response& response) {
  if (response.status < 200 || response.status > 599) return "a status is 200 to 599";
  if (hasNoBody(response.status) && response.body.size > 0) return "a 204 or 304 has no body";
  for (std::size_t i = 0; i < response.field_count; ++i) {
    const auto why = whyInvalid(fromAbi(response.fields[i].name), fromAbi(response.fields[i].value));
    if (!why.empty()) return why;
  }
  return {};
}

void writeResponse(std::string& out, const kavro_response& response, const ResponseFrame& frame) {
  const bool body_follows = !frame.head && response.body.size > 0;
  out.reserve(out.size() + 512 + frame.site.constant_block.size() + (body_follows ? response.body.size : 0));
  out += "HTTP/1.1 ";
  appendNumber(out, response.status);
  out += ' ';
  out += reasonPhrase(response.status);
  out += "\r\nDate: ";
  out += frame.date;
  out += "\r\n";
  for (std::size_t i = 0; i < response.field_count; ++i) {
    out += fromAbi(response.fields[i].name);
    out += ": ";
    out += fromAbi(response.fields[i].value);
    out += "\r\n";
  }
  out += frame.added_fields;
  const auto& constants = frame.site.constant_fields;
  const bool any_overridden = std::any_of(constants.begin(), constants.end(), [&](const Site::ConstantField& field) {
    return overrides(field.name, response, frame);
  });
  if (!any_overridden) {
    out += frame.site.constant_block;
  } else {
    for (const Site::ConstantField& field : constants) {
      if (!overrides(field.name, response, frame)) out += field.line;
    }
  }
  if (!hasNoBody(response.status)) {
    out += "Content-Length: ";
    appendNumber(out, response.body.size);
    out += "\r\n";
  }
  if (!frame.keep_alive) {
    out += "Connection: close\r\n";
  } else if (frame.minor_version == 0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (body_follows) out += fromAbi(response.body);
}

}  // namespace kavro::http
