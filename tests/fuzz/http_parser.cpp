// The request parser, against itself in other pieces, against its own output written again, and against a reader that
// works differently: all agree on where a request ends and what is in it. Input: the bytes of a connection.
#include <algorithm>

#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/wire_reader.hpp"
#include "tests/kernel/http/parse_runner.hpp"

using kavro::fuzz::require;
using namespace kavro::http;

namespace {

constexpr std::uint64_t kBodyBytesMax = 64 * 1024;
constexpr std::size_t kRequestsMax = 16;

Limits roomy(Limits limits) {
  limits.header_bytes_max *= 4;  // one blank more for each field
  return limits;
}

ParseResult parsed(std::string_view raw, const std::vector<std::size_t>& cuts = {}, const Limits& limits = {}) {
  RequestParser parser(limits);
  return parse(parser, raw, cuts, kBodyBytesMax);
}

std::vector<std::size_t> someCuts(std::string_view raw) {
  kavro::fuzz::Draw draw(raw);
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; cuts.size() < 8; cuts.push_back(at)) {
    at += draw.below(raw.size() / 4 + 2);
    if (at > raw.size()) break;
  }
  return cuts;
}

std::string written(const ParseResult& request) {
  std::string text =
      request.method + " " + request.target + " HTTP/1." + std::to_string(request.minor_version) + "\r\n";
  bool chunked = false;
  for (const auto& [name, value] : request.fields) {
    text += name + ": " + value + "\r\n";
    chunked |= name == "transfer-encoding";
  }
  text += "\r\n";
  if (!chunked) return text + request.body;
  char size[24];
  std::snprintf(size, sizeof size, "%zx", request.body.size());
  if (!request.body.empty()) text += std::string(size) + "\r\n" + request.body + "\r\n";
  return text + "0\r\n\r\n";
}

void checkAccepted(std::string_view raw, const ParseResult& request) {
  require(request.taken <= raw.size() && request.taken > 0, "no more taken than there is");
  require(request == parsed(raw.substr(0, request.taken)), "the request alone to be the same request");
  require(parsed(raw.substr(0, request.taken - 1)).state != RequestParser::State::kComplete,
          "nothing to be taken behind the end of a request");

  const auto count = [&](std::string_view name) {
    return std::count_if(request.fields.begin(), request.fields.end(),
                         [&](const auto& field) { return field.first == name; });
  };
  require(count("content-length") + std::min<std::ptrdiff_t>(1, count("transfer-encoding")) <= 1, "one framing");
  require(count("host") <= 1, "one Host");
  require(request.body.size() <= kBodyBytesMax, "a body within its limit");
  if (request.content_length) require(*request.content_length == request.body.size(), "as many bytes as announced");

  const auto naive = kavro::fuzz::readWireRequest(raw);
  require(naive.has_value(), "a request that another reader understands", describe(request));
  require(naive->size == request.taken, "the end where another reader sees it", std::to_string(naive->size));
  require(naive->body == request.body, "the body that another reader sees");
  require(naive->method == request.method && naive->target == request.target, "the line that another reader sees");
  require(naive->fields == request.fields, "the fields that another reader sees", describe(request));

  ParseResult again = parsed(written(request), {}, roomy({}));
  again.taken = request.taken;
  require(again == request, "the same request when it is written again", describe(again) + "\n" + describe(request));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view raw = kavro::fuzz::textOf(data, size);
  for (std::size_t i = 0; i < kRequestsMax && !raw.empty(); ++i) {
    const ParseResult whole = parsed(raw);
    const ParseResult pieces = parsed(raw, someCuts(raw));
    require(whole == pieces, "the same from any pieces", describe(whole) + "\n" + describe(pieces));
    if (raw.size() <= 512) require(whole == parsed(raw, everyByte(raw)), "the same from single bytes");
    if (whole.state == RequestParser::State::kFailed) {
      require(whole.status >= 400 && whole.status <= 505 && !whole.why.empty(), "a status and a reason");
    }
    if (whole.state != RequestParser::State::kComplete) break;
    checkAccepted(raw, whole);
    raw.remove_prefix(whole.taken);
  }
  return 0;
}
