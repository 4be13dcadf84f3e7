#include "parse_runner.hpp"

#include <memory>
#include <sstream>

namespace kavro::http {

std::string describe(const ParseResult& result) {
  std::ostringstream out;
  out << "state " << static_cast<int>(result.state) << ", status " << result.status << " " << result.why << ", taken "
      << result.taken << ", " << result.method << " " << result.target << " path " << result.path << " query "
      << result.query << " host " << result.host << ", body of " << result.body.size() << ", fields:";
  for (const auto& [name, value] : result.fields) out << " {" << name << "|" << value << "}";
  return out.str();
}

ParseResult parse(RequestParser& parser, std::string_view raw, const std::vector<std::size_t>& cuts,
                  std::uint64_t body_bytes_max) {
  ParseResult result;
  std::size_t at = 0;
  for (std::size_t piece = 0; piece <= cuts.size(); ++piece) {
    const std::size_t end = piece < cuts.size() ? cuts[piece] : raw.size();
    // A block of exactly this size, let go afterwards: AddressSanitizer sees a read past it, and a view kept into it.
    const auto block = std::make_unique<char[]>(end - at);
    raw.copy(block.get(), end - at, at);
    std::string_view input(block.get(), end - at);
    input.remove_prefix(parser.feed(input));
    if (parser.state() == RequestParser::State::kHeaderComplete) {
      parser.acceptBody(body_bytes_max);
      input.remove_prefix(parser.feed(input));
    }
    at = end;
    result.taken = end - input.size();
    if (!input.empty()) break;
  }
  result.state = parser.state();
  result.started = parser.started();
  result.status = parser.status();
  result.why = parser.why();
  if (result.state == RequestParser::State::kFailed) result.taken = 0;
  if (result.state != RequestParser::State::kBody && result.state != RequestParser::State::kComplete) return result;
  result.method = parser.method();
  result.target = parser.target();
  result.path = parser.path();
  result.query = parser.query();
  result.host = parser.host();
  result.body = parser.body();
  for (const kavro_field& field : parser.fields())
    result.fields.emplace_back(fromAbi(field.name), fromAbi(field.value));
  result.minor_version = parser.minorVersion();
  result.keep_alive = parser.keepAlive();
  result.expects_continue = parser.expectsContinue();
  result.has_body = parser.hasBody();
  result.content_length = parser.contentLength();
  return result;
}

ParseResult parse(std::string_view raw, const std::vector<std::size_t>& cuts) {
  const Limits limits;
  RequestParser parser(limits);
  return parse(parser, raw, cuts);
}

std::vector<std::size_t> everyByte(std::string_view raw) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = 1; at < raw.size(); ++at) cuts.push_back(at);
  return cuts;
}

}  // namespace kavro::http
