// An answer to a request: status, header fields, body. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/http.h>
#include <kavro/json.hpp>
#include <kavro/text.hpp>

namespace kavro {

// One field of a body that was not acceptable, for 422.
struct FieldProblem {
  std::string field;
  std::string message;
};

// The reason phrase of RFC 9110 section 15, which is also the title of a problem.
constexpr std::string_view reasonPhrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return status < 400 ? "OK" : "Error";
  }
}

// The body of an error: RFC 9457, and beside it the members that clients of the first Kavro read:
// {"type","title","status","detail", "error","status_code", "details":[{"field","message"}]}.
inline std::string problemJson(int status, std::string_view detail, const std::vector<FieldProblem>& details = {}) {
  std::string body;
  JsonWriter writer(body);
  writer.beginObject().key("type").string("about:blank").key("title").string(reasonPhrase(status));
  writer.key("status").integer(status).key("detail").string(detail);
  writer.key("error").string(detail).key("status_code").integer(status);
  if (!details.empty()) {
    writer.key("details").beginArray();
    for (const FieldProblem& problem : details) {
      writer.beginObject().key("field").string(problem.field).key("message").string(problem.message).endObject();
    }
    writer.endArray();
  }
  writer.endObject();
  return body;
}

// What a 412 says.
inline constexpr std::string_view kConditionFailed =
    "The condition in If-Match or If-None-Match does not hold for what is here.";

class Response {
 public:
  explicit Response(int status = 204) : status_(status) {}

  static Response text(std::string body, int status = 200) {
    return Response(status, "text/plain; charset=utf-8", std::move(body));
  }
  // `contentType` is a literal: "image/png".
  static Response content(std::string body, std::string_view contentType, int status = 200) {
    return Response(status, contentType, std::move(body));
  }
  // `body` is JSON already; see JsonWriter.
  static Response json(std::string body, int status = 200) {
    return Response(status, "application/json", std::move(body));
  }
  static Response problem(int status, std::string_view detail, const std::vector<FieldProblem>& details = {}) {
    return Response(status, "application/problem+json", problemJson(status, detail, details));
  }
  // 412: to a request with conditionFailed().
  static Response conditionFailed() { return problem(412, kConditionFailed); }

  // Adds a header field.
  Response& field(std::string name, std::string value) & {
    fields_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Response&& field(std::string name, std::string value) && {
    fields_.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }

  int status() const { return status_; }
  const std::string& body() const { return body_; }
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

  // Hands the answer to the kernel; the exchange is no longer the caller's.
  kavro_status send(const kavro_http_v1* http, kavro_exchange* exchange) const {
    std::vector<kavro_field> fields;
    fields.reserve(fields_.size() + 1);
    if (!contentType_.empty()) fields.push_back({toAbi("Content-Type"), toAbi(contentType_)});
    for (const auto& [name, value] : fields_) fields.push_back({toAbi(name), toAbi(value)});
    kavro_response response{};
    response.size = sizeof response;
    response.status = static_cast<uint16_t>(status_);
    response.fields = fields.data();
    response.field_count = fields.size();
    response.body = toAbi(body_);
    return http->respond(exchange, &response);
  }

 private:
  Response(int status, std::string_view contentType, std::string body)
      : status_(status), contentType_(contentType), body_(std::move(body)) {}

  int status_;
  std::string_view contentType_;  // a literal
  std::vector<std::pair<std::string, std::string>> fields_;
  std::string body_;
};

}  // namespace kavro
