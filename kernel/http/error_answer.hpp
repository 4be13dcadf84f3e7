// An answer with a status of 400 or above, as it leaves: with the request's id, by which it can be found in the log.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kavro/abi/http.h>

namespace kavro::http {

class ErrorAnswer {
 public:
  // Adds a field X-Request-ID unless there is one in the response or among `added_names`, and a member "request_id" to
  // a body of application/problem+json. Borrows all of it.
  ErrorAnswer(const kavro_response& response, std::string_view request_id, const std::vector<std::string>& added_names);
  ErrorAnswer(const ErrorAnswer&) = delete;
  ErrorAnswer& operator=(const ErrorAnswer&) = delete;

  const kavro_response& response() const { return response_; }

 private:
  kavro_response response_;
  std::vector<kavro_field> fields_;
  std::string body_;
};

}  // namespace kavro::http
