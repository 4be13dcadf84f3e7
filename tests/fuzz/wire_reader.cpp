#include "tests/fuzz/wire_reader.hpp"

#include <algorithm>
#include <cstdint>

namespace kavro::fuzz {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

std::string_view withoutBlanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::optional<std::string_view> takeWireLine(std::string_view& input) {
  const std::size_t end = input.find(kLineEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = input.substr(0, end);
  input.remove_prefix(end + kLineEnd.size());
  return line;
}

// Up to the empty line, which is taken too.
std::optional<WireFields> takeFields(std::string_view& input) {
  WireFields fields;
  for (;;) {
    const auto line = takeWireLine(input);
    if (!line) return std::nullopt;
    if (line->empty()) return fields;
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    fields.emplace_back(lower(line->substr(0, colon)), withoutBlanks(line->substr(colon + 1)));
  }
}

std::vector<std::string> valuesOf(const WireFields& fields, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields) {
    if (field == name) values.push_back(value);
  }
  return values;
}

std::optional<std::uint64_t> readDecimal(std::string_view text) {
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);  // as many as somebody likes
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// The size at the beginning of a chunk's line; what follows it does not matter here.
std::optional<std::uint64_t> readChunkSize(std::string_view line) {
  const std::size_t digits = std::min(line.find_first_not_of("0123456789abcdefABCDEF"), line.size());
  if (digits == 0 || digits > 16) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : line.substr(0, digits)) {
    const unsigned value = c <= '9' ? static_cast<unsigned>(c - '0') : (static_cast<unsigned>(c) | 32U) - 'a' + 10;
    number = number << 4 | value;
  }
  return number;
}

std::optional<std::string> takeChunkedBody(std::string_view& input) {
  std::string body;
  for (;;) {
    const auto line = takeWireLine(input);
    const auto size = line ? readChunkSize(*line) : std::nullopt;
    if (!size) return std::nullopt;
    if (*size == 0) return takeFields(input) ? std::optional(body) : std::nullopt;
    if (*size > input.size() || input.size() - *size < kLineEnd.size()) return std::nullopt;
    body += input.substr(0, *size);
    input.remove_prefix(*size);
    if (!input.starts_with(kLineEnd)) return std::nullopt;
    input.remove_prefix(kLineEnd.size());
  }
}

}  // namespace

std::optional<WireRequest> readWireRequest(std::string_view input) {
  std::string_view rest = input;
  while (rest.starts_with(kLineEnd)) rest.remove_prefix(kLineEnd.size());
  const auto line = takeWireLine(rest);
  if (!line) return std::nullopt;
  const std::size_t first = line->find(' '), last = line->rfind(' ');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  WireRequest request;
  request.method = line->substr(0, first);
  request.target = line->substr(first + 1, last - first - 1);
  request.version = line->substr(last + 1);
  auto fields = takeFields(rest);
  if (!fields) return std::nullopt;
  request.fields = std::move(*fields);

  const auto lengths = valuesOf(request.fields, "content-length");
  const auto codings = valuesOf(request.fields, "transfer-encoding");
  if (!codings.empty()) {
    if (!lengths.empty() || codings.size() != 1 || lower(codings.front()) != "chunked") return std::nullopt;
    auto body = takeChunkedBody(rest);
    if (!body) return std::nullopt;
    request.body = std::move(*body);
  } else if (!lengths.empty()) {
    const auto length = readDecimal(lengths.front());
    if (lengths.size() != 1 || !length || *length > rest.size()) return std::nullopt;
    request.body = rest.substr(0, *length);
    rest.remove_prefix(*length);
  }
  request.size = input.size() - rest.size();
  return request;
}

std::optional<std::string> WireResponse::field(std::string_view name) const {
  const auto values = valuesOf(fields, name);
  return values.empty() ? std::nullopt : std::optional(values.front());
}

std::optional<WireResponse> readWireResponse(std::string_view input, bool to_head, std::string& flaw) {
  std::string_view rest = input;
  const auto refuse = [&](std::string_view why) {
    flaw = why;
    return std::nullopt;
  };
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!rest.starts_with(kVersion.substr(0, rest.size()))) return refuse("it does not begin with HTTP/1.1");
  const auto line = takeWireLine(rest);
  if (!line) return std::nullopt;
  WireResponse response;
  const auto status = readDecimal(line->substr(kVersion.size(), 3));
  if (!status || *status < 100 || *status > 599 || line->size() < 14 || (*line)[12] != ' ') {
    return refuse("its status line is not HTTP/1.1 NNN PHRASE");
  }
  response.status = static_cast<int>(*status);
  auto fields = takeFields(rest);
  if (!fields) return std::nullopt;
  response.fields = std::move(*fields);
  for (const auto& [name, value] : response.fields) {
    const auto isControl = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
    if (name.empty() || name.find(' ') != std::string::npos) return refuse("a field's name is no token");
    if (std::any_of(value.begin(), value.end(), isControl)) return refuse("a field's value has a control character");
  }
  if (!valuesOf(response.fields, "transfer-encoding").empty()) return refuse("it has a Transfer-Encoding");
  const auto lengths = valuesOf(response.fields, "content-length");
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless != lengths.empty()) return refuse("it has a Content-Length that it must not have, or none");
  if (!bodiless) {
    const auto length = readDecimal(lengths.front());
    if (lengths.size() != 1 || !length) return refuse("its Content-Length is not one number");
    if (!to_head) {
      if (*length > rest.size()) return std::nullopt;
      response.body = rest.substr(0, *length);
      rest.remove_prefix(*length);
    }
  }
  for (const std::string& value : valuesOf(response.fields, "connection")) response.close |= lower(value) == "close";
  response.size = input.size() - rest.size();
  return response;
}

}  // namespace kavro::fuzz
