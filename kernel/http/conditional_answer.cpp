#include "kernel/http/conditional_answer.hpp"

#include <kavro/response.hpp>
#include <kavro/text.hpp>

namespace kavro::http {

namespace {

constexpr std::string_view kFailed = "The condition in If-Match does not hold for what is here.";

// Of what is not sent: its type, language, encoding (RFC 9110, 15.4.5).
bool describesContent(std::string_view name) {
  return name.size() > 8 && equalsIgnoringCase(name.substr(0, 8), "Content-") &&
         !equalsIgnoringCase(name, "Content-Location");
}

}  // namespace

ConditionalAnswer::ConditionalAnswer(const kavro_response& good, std::span<const kavro_field> request_fields,
                                     std::string_view method)
    : response_(good) {
  const std::span<const kavro_field> given(good.fields, good.field_count);
  Target target;
  for (const kavro_field& field : given) {
    if (equalsIgnoringCase(fromAbi(field.name), "ETag")) target.entity_tag = fromAbi(field.value);
  }
  switch (judge(request_fields, method, target)) {
    case Verdict::kGoOn:
      return;
    case Verdict::kNotModified:
      response_.status = 304;
      for (const kavro_field& field : given) {
        if (!describesContent(fromAbi(field.name))) fields_.push_back(field);
      }
      break;
    case Verdict::kFailed:
      response_.status = 412;
      fields_.push_back({toAbi("Content-Type"), toAbi("application/problem+json")});
      body_ = problemJson(412, kFailed);
      break;
  }
  response_.fields = fields_.data();
  response_.field_count = fields_.size();
  response_.body = toAbi(body_);
}

}  // namespace kavro::http
