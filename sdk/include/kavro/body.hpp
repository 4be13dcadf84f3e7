// Body: decodes a JSON object from a request and collects what is wrong with it, for one 422 that names every field.
//
//   kavro::Body body(request);
//   const auto name = body.string("username");
//   const auto size = body.findInteger("size");          // optional
//   if (!body.ok()) co_return body.problem();
//
// On a route with Conditions::kHandler the body of a request whose condition fails is not read, and problem() is a 412.
// Nothing is coerced: "5" is no integer. Unknown members are ignored, so that newer clients work with older servers.
// Threads: the request's. The views live as long as the Body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kavro/json.hpp>
#include <kavro/request.hpp>
#include <kavro/response.hpp>

namespace kavro {

class Body {
 public:
  explicit Body(const Request& request) {
    const auto coding = request.field("content-encoding");
    if (coding && !coding->empty() && !equalsIgnoringCase(*coding, "identity")) {
      refusal_ = 415;
      reject("body", "is in a content coding; send it without one");
      return;
    }
    if (request.conditionFailed()) {
      refusal_ = 412;
      reject("body", "is not read");
      return;
    }
    const Request::Tables& tables = request.tables();
    kavro_json_document document{};
    document.size = sizeof document;
    const char* why = "";
    if (tables.json->parse(tables.host, toAbi(request.body()), &document, &why) != KAVRO_OK) {
      reject("body", request.body().empty() ? "missing: expected a JSON object" : std::string("not valid JSON: ") + why);
      return;
    }
    document_.emplace(tables.json, document);
    if (!document_->root().isObject()) reject("body", "expected a JSON object");
  }

  bool ok() const { return problems_.empty(); }

  // 422 with what was collected; 415 to a body in a content coding, which nobody undoes (RFC 9110, 15.5.16); 412 when
  // the condition of the request fails, which comes after that (13.2.1).
  Response problem() const {
    if (refusal_ == 412) return Response::conditionFailed();
    if (refusal_ == 422) return Response::problem(422, "Validation failed", problems_);
    return Response::problem(415, "A body is taken without a Content-Encoding only.", problems_)
        .field("Accept-Encoding", "identity");
  }

  // Adds a finding of the caller's.
  void reject(std::string field, std::string message) { problems_.push_back({std::move(field), std::move(message)}); }

  // Required members. Missing or of another type: a finding, and an empty value.
  std::string_view string(std::string_view name) {
    const auto value = required(name);
    if (!value) return {};
    const auto text = value->string();
    if (!text) reject(std::string(name), "expected a string");
    return text.value_or(std::string_view());
  }
  int64_t integer(std::string_view name) {
    const auto value = required(name);
    if (!value) return 0;
    const auto number = value->integer();
    if (!number) reject(std::string(name), "expected an integer");
    return number.value_or(0);
  }

  // Optional members: absent and null are the same.
  std::optional<std::string_view> findString(std::string_view name) {
    const auto value = find(name);
    if (!value || value->isNull()) return std::nullopt;
    const auto text = value->string();
    if (!text) reject(std::string(name), "expected a string or null");
    return text;
  }
  std::optional<int64_t> findInteger(std::string_view name) {
    const auto value = find(name);
    if (!value || value->isNull()) return std::nullopt;
    const auto number = value->integer();
    if (!number) reject(std::string(name), "expected an integer or null");
    return number;
  }

  // A member of any type.
  std::optional<JsonValue> find(std::string_view name) const {
    if (!document_) return std::nullopt;
    return document_->root().find(name);
  }

 private:
  std::optional<JsonValue> required(std::string_view name) {
    if (!document_ || !document_->root().isObject()) return std::nullopt;  // one finding is enough
    const auto value = find(name);
    if (!value) reject(std::string(name), "required");
    return value;
  }

  std::optional<JsonDocument> document_;
  std::vector<FieldProblem> problems_;
  int refusal_ = 422;  // the status of problem()
};

}  // namespace kavro
