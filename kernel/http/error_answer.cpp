#include "kernel/http/error_answer.hpp"

#include <algorithm>

#include <kavro/text.hpp>

namespace kavro::http {

namespace {

constexpr std::string_view kField = "X-Request-ID";

}  // namespace

ErrorAnswer::ErrorAnswer(const kavro_response& response, std::string_view request_id,
                         const std::vector<std::string>& added_names)
    : response_(response), fields_(response.fields, response.fields + response.field_count) {
  bool has_id = std::any_of(added_names.begin(), added_names.end(),
                            [](const std::string& name) { return equalsIgnoringCase(name, kField); });
  bool problem = false;
  for (const kavro_field& field : fields_) {
    has_id |= equalsIgnoringCase(fromAbi(field.name), kField);
    problem |= equalsIgnoringCase(fromAbi(field.name), "Content-Type") &&
               fromAbi(field.value).starts_with("application/problem+json");
  }
  if (!has_id) fields_.push_back({toAbi(kField), toAbi(request_id)});
  response_.fields = fields_.data();
  response_.field_count = fields_.size();

  const std::string_view body = fromAbi(response.body);
  if (!problem || !body.ends_with('}') || body.find("\"request_id\"") != std::string_view::npos) return;
  body_.reserve(body.size() + request_id.size() + 20);
  body_ = body.substr(0, body.size() - 1);
  body_.erase(body_.find_last_not_of(" \t\r\n") + 1);
  if (!body_.ends_with('{')) body_ += ',';
  body_.append("\"request_id\":\"").append(request_id).append("\"}");  // an id needs no escape
  response_.body = toAbi(body_);
}

}  // namespace kavro::http
