// Lines of the audit log and of the access log: whatever is in an event or a request, each is one line of JSON. Input:
// a line for each text: event, user, status, address, request id, then the names and values of fields in turns.
#include <deque>
#include <string>
#include <vector>

#include <kavro/text.hpp>

#include "plugins/access-log/line.hpp"
#include "plugins/audit/line.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"

using kavro::fuzz::require;
using namespace kavro;

namespace {

void checkLine(const std::string& line) {
  require(!line.empty() && line.find('\n') == line.size() - 1, "one line", line);
  const fuzz::ParsedJson parsed(std::string_view(line).substr(0, line.size() - 1));
  require(static_cast<bool>(parsed), "JSON", line);
  require(parsed.root().isObject(), "an object", line);
  for (const char c : std::string_view(line).substr(0, line.size() - 1)) {
    require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "no control character", line);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::textOf(data, size);
  kavro_event event{};
  event.size = sizeof event;
  event.time_us = 1;
  for (kavro_text* text : {&event.name, &event.user, &event.status, &event.peer_address, &event.request_id}) {
    *text = toAbi(fuzz::takeLine(input));
  }
  std::vector<kavro_field> fields;
  std::deque<std::string> names;  // plugins choose them, clients do not: they are ASCII
  while (!input.empty()) {
    std::string& name = names.emplace_back(fuzz::takeLine(input));
    for (char& c : name) c = static_cast<char>(c & 0x7F);
    fields.push_back({toAbi(name), toAbi(fuzz::takeLine(input))});
  }
  event.fields = fields.data();
  event.field_count = static_cast<std::uint32_t>(fields.size());
  checkLine(audit::lineOf(event));

  kavro_request request{};
  request.size = sizeof request;
  request.method = event.name;
  request.target = event.user;
  request.route = event.status;
  request.peer_address = event.peer_address;
  request.id = event.request_id;
  request.fields = fields.data();
  request.field_count = fields.size();
  kavro_principal principal{sizeof(kavro_principal), 7, event.user};
  if (size % 2 == 0) request.principal = &principal;
  kavro_response response{};
  response.size = sizeof response;
  response.status = 200;
  std::string line;
  access_log::appendLine(line, request, response, 1);
  checkLine(line);
  return 0;
}
