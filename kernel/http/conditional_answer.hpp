// What a good answer to GET or HEAD becomes when the request had a condition: itself, 304, or 412 (RFC 9110, 13 and
// 15.4.5). Views into the answer that it is made of; lives on the stack of who sends it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <kavro/abi/http.h>

#include "kernel/http/conditions.hpp"

namespace kavro::http {

class ConditionalAnswer {
 public:
  ConditionalAnswer(const kavro_response& good, std::span<const kavro_field> request_fields, std::string_view method);
  ConditionalAnswer(const ConditionalAnswer&) = delete;
  ConditionalAnswer& operator=(const ConditionalAnswer&) = delete;

  const kavro_response& response() const { return response_; }

 private:
  kavro_response response_;
  std::vector<kavro_field> fields_;
  std::string body_;
};

}  // namespace kavro::http
