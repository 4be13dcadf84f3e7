// HTTP/1.1 read a second time, by other means than the server's: what its parser and its answers are compared with.
//
// Readers of whole buffers that search for "\r\n\r\n" and split lines; slow, lenient about everything that does not
// decide where a message ends, strict about that. Nothing of kernel/http is used.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kavro::fuzz {

using WireFields =
    std::vector<std::pair<std::string, std::string>>;  // names in lower case, values without blanks around

struct WireRequest {
  std::string method, target, version;
  WireFields fields;
  std::string body;      // without its transfer coding
  std::size_t size = 0;  // of the message in the input, empty lines in front included
};

// The request at the front of `input`. Nothing when it is not whole, or none whose end can be told for certain.
std::optional<WireRequest> readWireRequest(std::string_view input);

struct WireResponse {
  int status = 0;
  WireFields fields;
  std::string body;
  std::size_t size = 0;
  bool close = false;

  std::optional<std::string> field(std::string_view name) const;
};

// The answer at the front of `input`, framed by Content-Length as this server does it; nothing when it is not whole.
// For anything that is no well-formed answer of this server `flaw` says why. `to_head`: no body follows.
std::optional<WireResponse> readWireResponse(std::string_view input, bool to_head, std::string& flaw);

}  // namespace kavro::fuzz
