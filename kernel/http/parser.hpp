// Turns a client's bytes into one HTTP/1.1 request, or into the status with which to refuse it (RFC 9110, RFC 9112).
//
// The security edge of the server, and so strict: lines end in CRLF, nothing is repaired, and a message whose length
// two readers could read differently is refused. Any split of the input gives the same result. What a request may make
// the parser hold is bounded by Limits.
//
// Life of a request:
//   1. feed() until kHeaderComplete. started() tells an idle connection from a header that is under way.
//   2. Look at the header: route it, send "100 Continue" when expectsContinue(). acceptBody(), with a lower limit if
//      the route has one.
//   3. feed() until kComplete (at once without a body). feed() takes bytes of this request only: what it leaves is the
//      next one, pipelined.
//   4. Answer, close unless keepAlive(); reset(), feed() again.
//   kFailed at any point: answer status() and why(), and close, since nobody knows where the next request begins. It is
//   final until reset(); method() is there when the line began with one, target() when the request line was fine.
//
// Threads: one at a time. Ownership: header and body are copied once into the parser; every view and fields() stay
// valid until reset(). reset() keeps the memory, but gives a large body's back. Neither copied nor moved: views point
// into it. Errors: values; only std::bad_alloc can be thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunked_decoder.hpp"
#include "message.hpp"

namespace kavro::http {

class RequestParser {
 public:
  enum class State { kHeader, kHeaderComplete, kBody, kComplete, kFailed };

  explicit RequestParser(const Limits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Takes what it can from the front of `input` and returns how many bytes that was. Call again with the rest and
  // what came after it. Takes nothing in kHeaderComplete, kComplete and kFailed.
  std::size_t feed(std::string_view input);

  // In kHeaderComplete only: on to the body of at most `body_bytes_max` bytes, if that is lower than the limit.
  void acceptBody(std::uint64_t body_bytes_max = UINT64_MAX);

  // In kBody, before any of it has come, to a client that expectsContinue(): on to kComplete without it.
  void declineBody();

  void reset();
  // For the next request: before its first byte.
  void setLimits(const Limits& limits) { limits_ = limits; }
  // Becomes the same request as `other`, which is complete; nothing is shared with it.
  void copy(const RequestParser& other);

  State state() const { return state_; }
  int status() const { return refusal_.status; }  // of kFailed: 400, 413, 414, 417, 431, 501, 505
  std::string_view why() const { return refusal_.why; }

  // Any byte of a request was seen. Empty lines in front of one do not count (RFC 9112, 2.2).
  bool started() const { return state_ != State::kHeader || !head_.empty(); }
  // How many there were; and those that another parser has seen of the same connection, before the first byte.
  int emptyLines() const { return empty_lines_; }
  void continueAfterEmptyLines(int count) { empty_lines_ = count; }

  // From kHeaderComplete on:
  std::string_view method() const { return textOf(request_.method); }  // a token, not known to be a method
  std::string_view target() const { return textOf(request_.target); }  // as sent
  // Raw: percent-encoding is checked but not decoded, dot segments are not resolved. Starts with "/", or is "*".
  std::string_view path() const {
    return request_.path_literal.empty() ? textOf(request_.path) : request_.path_literal;
  }
  std::string_view query() const { return textOf(request_.query); }  // raw, unchecked, without "?"
  // The authority asked for: the target's if it has one, else Host's. Empty when the client named none.
  std::string_view host() const { return textOf(request_.host); }
  // The target is in absolute-form and says https.
  bool isHttpsTarget() const { return request_.https_target; }
  // There is an If-Match or If-None-Match.
  bool isConditional() const { return request_.conditional; }
  int minorVersion() const { return request_.minor_version; }  // 0 or 1; anything above 1 is 1 to us
  // In the order sent, names in lower case, values trimmed; a value may hold bytes above 0x7F in any encoding.
  std::span<const kavro_field> fields() const { return fields_; }
  bool keepAlive() const { return !request_.close && (request_.minor_version == 1 || request_.keep_alive); }
  bool hasBody() const { return request_.chunked || request_.content_length.value_or(0) > 0; }
  std::optional<std::uint64_t> contentLength() const { return request_.content_length; }
  // The client waits for "100 Continue" before it sends the body (RFC 9110, 10.1.1).
  bool expectsContinue() const { return request_.continue_expected && request_.minor_version == 1 && hasBody(); }

  // In kComplete: the whole body, without its transfer coding.
  std::string_view body() const { return body_; }
  // What it takes of memory, whether it is complete or not.
  std::size_t bodyMemory() const { return body_.capacity(); }

 private:
  // A part of head_, as numbers because head_ moves while it grows.
  struct Part {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  struct FieldParts {
    Part name;
    Part value;
  };
  // What is known of the request so far.
  struct Request {
    bool line_complete = false;
    Part method, target, path, query, host;
    std::string_view path_literal;  // a path that does not stand in the target
    bool host_in_target = false;
    bool https_target = false;
    bool conditional = false;
    int minor_version = 1;
    int host_count = 0;
    std::optional<std::uint64_t> content_length;
    bool transfer_encoding = false;  // any such field
    bool chunked = false;            // it ends in "chunked", so far
    bool other_coding = false;       // it has a coding that is not chunked
    bool close = false;
    bool keep_alive = false;
    bool continue_expected = false;
  };

  std::size_t takeHeaderLine(std::string_view input);
  std::size_t takeBody(std::string_view input);
  void endLine();
  void parseRequestLine(std::string_view line);
  void parseTarget(std::string_view target);
  void noteMethod();
  void parseField(std::string_view line);
  void parseKnownField(std::string_view name, std::string_view value);
  void parseContentLength(std::string_view value);
  void parseTransferEncoding(std::string_view value);
  void parseConnection(std::string_view value);
  void parseExpect(std::string_view value);
  void completeHeader();
  void makeFields();
  void fail(int status, std::string_view why);

  Part partOf(std::string_view text) const;  // text lies in head_
  std::string_view textOf(Part part) const { return {head_.data() + part.at, part.size}; }

  Limits limits_;
  State state_ = State::kHeader;
  Refusal refusal_;
  Request request_;
  std::string head_;           // request line and fields as sent, up to here
  std::size_t line_at_ = 0;    // where in head_ the line begins that is under way
  std::size_t fields_at_ = 0;  // where in head_ the fields begin
  int empty_lines_ = 0;        // dropped in front of the request line
  std::vector<FieldParts> parts_;
  std::vector<kavro_field> fields_;  // made of parts_ when the header is complete
  std::string body_;
  std::uint64_t body_bytes_left_ = 0;  // of Content-Length
  ChunkedDecoder chunked_decoder_;
};

}  // namespace kavro::http
