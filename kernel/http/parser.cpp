#include "parser.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "characters.hpp"

namespace kavro::http {
namespace {

constexpr std::size_t kMethodBytesMax = 32;
constexpr int kEmptyLinesMax = 2;                         // RFC 9112, 2.2: at least one
constexpr std::size_t kBodyReservedBytesMax = 64 * 1024;  // a length is only a promise: reserve no more on its word
constexpr std::size_t kBodyKeptBytesMax = 64 * 1024;      // capacity that an idle connection may keep
constexpr std::size_t kCrlfBytes = 2;

constexpr std::string_view kBodyTooLarge = "The body is larger than this server accepts.";

// HTTP-version (RFC 9112, 2.3): case-sensitive, one digit each.
bool isVersion(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && isDigit(static_cast<unsigned char>(text[5])) &&
         text[6] == '.' && isDigit(static_cast<unsigned char>(text[7]));
}

// What is left of an absolute-form target after "http://" or "https://"; nothing for other schemes.
std::optional<std::string_view> afterScheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equalsIgnoringCase(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
  }
  return std::nullopt;
}

}  // namespace

RequestParser::RequestParser(const Limits& limits) : limits_(limits), chunked_decoder_(limits_) {
  // Parts are 32-bit numbers.
  assert(limits.request_line_bytes_max < std::numeric_limits<std::int32_t>::max());
  assert(limits.header_bytes_max < std::numeric_limits<std::int32_t>::max());
}

void RequestParser::reset() {
  state_ = State::kHeader;
  refusal_ = {};
  request_ = {};
  head_.clear();
  line_at_ = 0;
  fields_at_ = 0;
  empty_lines_ = 0;
  parts_.clear();
  fields_.clear();
  body_.clear();
  if (body_.capacity() > kBodyKeptBytesMax) std::string().swap(body_);
}

void RequestParser::copy(const RequestParser& other) {
  assert(other.state_ == State::kComplete);
  reset();
  state_ = other.state_;
  request_ = other.request_;
  head_ = other.head_;
  parts_ = other.parts_;
  body_ = other.body_;
  makeFields();
}

std::size_t RequestParser::feed(std::string_view input) {
  std::size_t taken = 0;
  while (taken < input.size()) {
    if (state_ == State::kHeader) {
      taken += takeHeaderLine(input.substr(taken));
    } else if (state_ == State::kBody) {
      taken += takeBody(input.substr(taken));
    } else {
      break;
    }
  }
  return taken;
}

// Takes a line, or as much of it as there is.
std::size_t RequestParser::takeHeaderLine(std::string_view input) {
  // How long the line may get, its end included. A field line gets room for the empty line that ends the header, which
  // does not count; endLine() sees to it that nothing else uses it.
  const std::size_t line_bytes_max =
      kCrlfBytes +
      (request_.line_complete ? limits_.header_bytes_max - (line_at_ - fields_at_) : limits_.request_line_bytes_max);
  const std::string_view window = input.substr(0, line_bytes_max - (head_.size() - line_at_));
  const void* line_feed = std::memchr(window.data(), '\n', window.size());
  const std::size_t taken = line_feed == nullptr
                                ? window.size()
                                : static_cast<std::size_t>(static_cast<const char*>(line_feed) - window.data()) + 1;
  head_.append(window.data(), taken);

  // Checked before the line is complete, so that a TLS handshake or other noise is refused at once.
  if (!request_.line_complete && !isRequestLine(window.substr(0, taken))) {
    fail(400, "The request line holds a byte that is neither visible ASCII nor a blank.");
  } else if (line_feed != nullptr) {
    endLine();
  } else if (head_.size() - line_at_ == line_bytes_max) {
    if (request_.line_complete) {
      fail(431, "The header fields are larger than this server accepts.");
    } else {
      fail(414, "The request line is longer than this server accepts.");
    }
  }
  return taken;
}

void RequestParser::endLine() {
  std::string_view line(head_.data() + line_at_, head_.size() - line_at_);
  if (line.size() < kCrlfBytes || line[line.size() - kCrlfBytes] != '\r') {
    return fail(400, "A line ends in a bare LF; lines of a request end in CRLF.");
  }
  line.remove_suffix(kCrlfBytes);
  if (!request_.line_complete) {
    if (line.empty()) {
      head_.clear();
      if (++empty_lines_ > kEmptyLinesMax) fail(400, "There are too many empty lines before the request line.");
      return;
    }
    parseRequestLine(line);
    request_.line_complete = true;
    fields_at_ = head_.size();
  } else if (line.empty()) {
    completeHeader();
  } else if (head_.size() - fields_at_ > limits_.header_bytes_max) {
    fail(431, "The header fields are larger than this server accepts.");
  } else {
    parseField(line);
  }
  line_at_ = head_.size();
}

// request-line = method SP request-target SP HTTP-version (RFC 9112, 3)
void RequestParser::parseRequestLine(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = method_end == std::string_view::npos ? method_end : line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos) {
    return fail(400, "The request line is not a method, a target and a version with one blank between them.");
  }
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  const std::string_view version = line.substr(target_end + 1);

  if (!isVersion(version)) return fail(400, "The request line does not end in a version such as HTTP/1.1.");
  if (version[5] != '1') return fail(505, "This server speaks HTTP/1.1 and HTTP/1.0.");
  request_.minor_version = version[7] == '0' ? 0 : 1;  // RFC 9110, 6.2: a higher minor version is read as ours

  if (method.empty() || !allOf(kTokenLower, method)) return fail(400, "The method is not a token.");
  if (method.size() > kMethodBytesMax) return fail(501, "The method is longer than any that this server knows.");
  request_.method = partOf(method);

  if (target.empty() || !allOf(kTarget, target)) {
    return fail(400, "The request target is empty, or holds a byte that must not stand in one.");
  }
  request_.target = partOf(target);
  // Its target is in authority-form, which no other method may use (RFC 9112, 3.2.3).
  if (method == "CONNECT") return fail(501, "This server is no proxy: CONNECT is not implemented.");
  parseTarget(target);
}

// RFC 9112, 3.2: origin-form, absolute-form, or for OPTIONS asterisk-form.
void RequestParser::parseTarget(std::string_view target) {
  const bool options = textOf(request_.method) == "OPTIONS";
  if (target == "*") {
    if (!options) return fail(400, "Only OPTIONS may have \"*\" as its request target.");
    request_.path = partOf(target);
    return;
  }
  std::string_view rest = target;
  if (target.front() != '/') {
    const auto after_scheme = afterScheme(target);
    if (!after_scheme) return fail(400, "The request target starts neither with \"/\" nor with http:// or https://.");
    const std::size_t authority_end = std::min(after_scheme->find_first_of("/?"), after_scheme->size());
    const std::string_view authority = after_scheme->substr(0, authority_end);
    if (!isAuthority(authority)) return fail(400, "The authority in the request target is not a host and port.");
    request_.host = partOf(authority);
    request_.host_in_target = true;
    request_.https_target = (target[4] | 0x20) == 's';
    rest = after_scheme->substr(authority_end);
    // RFC 9112, 3.2.4: without path and query, OPTIONS means the server as a whole.
    if (rest.empty() || rest.front() == '?') request_.path_literal = options && rest.empty() ? "*" : "/";
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view path = rest.substr(0, question);
  if (!allOf(kPath, path)) return fail(400, "The path holds a character that has to be percent-encoded.");
  if (!isPercentEncoded(path)) {
    return fail(400, "The path holds a \"%\" that is not a valid percent-encoding, or one of NUL.");
  }
  request_.path = partOf(path);
  if (question < rest.size()) request_.query = partOf(rest.substr(question + 1));
}

// field-line = field-name ":" OWS field-value OWS (RFC 9112, 5)
void RequestParser::parseField(std::string_view line) {
  if (parts_.size() == limits_.header_fields_max) return fail(431, "There are more header fields than allowed.");
  char* const name = head_.data() + line_at_;
  std::size_t name_size = 0;
  for (; name_size < line.size(); ++name_size) {
    const std::uint8_t lower = lookUp(kTokenLower, name[name_size]);
    if (lower == 0) break;
    name[name_size] = static_cast<char>(lower);
  }
  if (name_size == 0 && isBlank(static_cast<unsigned char>(line.front()))) {
    return fail(400, "A header line starts with a blank; folded lines are not accepted.");
  }
  if (name_size == 0) return fail(400, "A header field has no name, or one that is not a token.");
  if (name_size == line.size() || line[name_size] != ':') {
    return fail(400, "The name of a header field is not a token followed directly by a colon.");
  }
  const std::string_view value = trimmed(line.substr(name_size + 1));
  if (!isFieldValue(value)) return fail(400, "The value of a header field holds a control character.");
  parts_.push_back({partOf(line.substr(0, name_size)), partOf(value)});
  parseKnownField(line.substr(0, name_size), value);
}

// The fields that the parser itself acts on. By length first: most fields are none of them.
void RequestParser::parseKnownField(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (name != "host") return;
      if (++request_.host_count > 1) return fail(400, "The Host field is repeated.");
      // RFC 9112, 3.3: an empty Host leaves the choice to the server.
      if (!value.empty() && !isAuthority(value)) return fail(400, "The Host field is not a host and port.");
      if (!request_.host_in_target) request_.host = partOf(value);
      return;
    case 6:
      if (name == "expect") parseExpect(value);
      return;
    case 8:
      if (name == "if-match") request_.conditional = true;
      return;
    case 10:
      if (name == "connection") parseConnection(value);
      return;
    case 13:
      if (name == "if-none-match") request_.conditional = true;
      return;
    case 14:
      if (name == "content-length") parseContentLength(value);
      return;
    case 17:
      if (name == "transfer-encoding") parseTransferEncoding(value);
      return;
    default:
      return;
  }
}

// RFC 9112, 6.3: one number. A list of equal numbers may be repaired; we refuse it.
void RequestParser::parseContentLength(std::string_view value) {
  if (request_.content_length) return fail(400, "The Content-Length field is repeated.");
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t length = 0;
  for (const char c : value) {
    if (!isDigit(static_cast<unsigned char>(c))) return fail(400, "Content-Length is not a number in digits.");
    const auto digit = static_cast<std::uint64_t>(c - '0');
    length = length > (kMax - digit) / 10 ? kMax : length * 10 + digit;  // stays at the top: refused as too large
  }
  if (value.empty()) return fail(400, "Content-Length is empty.");
  request_.content_length = length;
}

// RFC 9112, 6.1. Repeated fields are one list; what the list as a whole means is for completeHeader() to say.
void RequestParser::parseTransferEncoding(std::string_view value) {
  request_.transfer_encoding = true;
  for (bool more = true; more;) {
    more = value.find(',') != std::string_view::npos;
    const std::string_view coding = takeListElement(value);
    const std::string_view name = trimmed(coding.substr(0, coding.find(';')));
    if (name.empty() || !allOf(kTokenLower, name)) return fail(400, "Transfer-Encoding is not a list of codings.");
    if (request_.chunked) return fail(400, "Transfer-Encoding has a coding after \"chunked\".");
    if (!equalsIgnoringCase(name, "chunked")) {
      request_.other_coding = true;
    } else if (name.size() != coding.size()) {
      return fail(400, "Transfer-Encoding \"chunked\" has no parameters.");
    } else {
      request_.chunked = true;
    }
  }
}

void RequestParser::parseConnection(std::string_view value) {
  while (!value.empty()) {
    const std::string_view option = takeListElement(value);
    if (equalsIgnoringCase(option, "close")) request_.close = true;
    if (equalsIgnoringCase(option, "keep-alive")) request_.keep_alive = true;
  }
}

// RFC 9110, 10.1.1
void RequestParser::parseExpect(std::string_view value) {
  while (!value.empty()) {
    const std::string_view expectation = takeListElement(value);
    if (expectation.empty()) continue;
    if (!equalsIgnoringCase(expectation, "100-continue")) {
      return fail(417, "This server meets no expectation but 100-continue.");
    }
    request_.continue_expected = true;
  }
}

void RequestParser::completeHeader() {
  if (request_.host_count == 0 && request_.minor_version == 1) return fail(400, "The Host field is missing.");
  if (request_.transfer_encoding) {
    // RFC 9112, 6.1 and 6.3: each of these is how requests are smuggled past a proxy.
    if (request_.minor_version == 0) return fail(400, "HTTP/1.0 has no Transfer-Encoding.");
    if (request_.content_length) return fail(400, "A request has either Content-Length or Transfer-Encoding.");
    if (!request_.chunked) return fail(400, "Transfer-Encoding does not end in \"chunked\".");
    if (request_.other_coding) return fail(501, "This server knows no transfer coding but \"chunked\".");
  }
  if (request_.content_length.value_or(0) > limits_.body_bytes_max) return fail(413, kBodyTooLarge);

  makeFields();
  state_ = State::kHeaderComplete;
}

void RequestParser::makeFields() {
  fields_.resize(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    fields_[i] = {toAbi(textOf(parts_[i].name)), toAbi(textOf(parts_[i].value))};
  }
}

void RequestParser::acceptBody(std::uint64_t body_bytes_max) {
  assert(state_ == State::kHeaderComplete);
  body_bytes_max = std::min(body_bytes_max, limits_.body_bytes_max);
  body_bytes_left_ = request_.content_length.value_or(0);
  if (body_bytes_left_ > body_bytes_max) return fail(413, kBodyTooLarge);
  if (!hasBody()) {
    state_ = State::kComplete;
    return;
  }
  if (request_.chunked) {
    chunked_decoder_.start(body_bytes_max);
  } else {
    body_.reserve(std::min<std::uint64_t>(body_bytes_left_, kBodyReservedBytesMax));
  }
  state_ = State::kBody;
}

std::size_t RequestParser::takeBody(std::string_view input) {
  if (request_.chunked) {
    const std::size_t taken = chunked_decoder_.feed(input, body_);
    const Refusal& refusal = chunked_decoder_.refusal();
    if (refusal.status != 0) fail(refusal.status, refusal.why);
    if (chunked_decoder_.complete()) state_ = State::kComplete;
    return taken;
  }
  const std::size_t taken = std::min<std::uint64_t>(body_bytes_left_, input.size());
  body_.append(input.data(), taken);
  body_bytes_left_ -= taken;
  if (body_bytes_left_ == 0) state_ = State::kComplete;
  return taken;
}

void RequestParser::fail(int status, std::string_view why) {
  if (!request_.line_complete && request_.method.size == 0) noteMethod();
  state_ = State::kFailed;
  refusal_ = {status, why};
}

// Of a request line that is refused: an answer to HEAD has no content, whatever it says (RFC 9110, 9.3.2).
void RequestParser::noteMethod() {
  const std::string_view line = std::string_view(head_).substr(line_at_);
  const std::size_t end = line.substr(0, kMethodBytesMax + 1).find(' ');
  if (end == std::string_view::npos || end == 0 || !allOf(kTokenLower, line.substr(0, end))) return;
  request_.method = partOf(line.substr(0, end));
}

// RFC 9110, 10.1.1: a final answer at once, without the body.
void RequestParser::declineBody() {
  assert(state_ == State::kBody);
  request_.close = true;  // it may come nevertheless
  state_ = State::kComplete;
}

RequestParser::Part RequestParser::partOf(std::string_view text) const {
  return {static_cast<std::uint32_t>(text.data() - head_.data()), static_cast<std::uint32_t>(text.size())};
}

}  // namespace kavro::http
