// Answers on the wire: whatever a plugin gives, it is refused, or what is written reads back as exactly that. Input: a
// line with the status, a line for each field ("Name: value"), an empty line, the body.
#include <string>
#include <vector>

#include <kavro/response.hpp>
#include <kavro/text.hpp>

#include "kernel/http/error_answer.hpp"
#include "kernel/http/response_writer.hpp"
#include "plugins/headers/header_field.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"
#include "tests/fuzz/wire_reader.hpp"

using kavro::fuzz::require;
using namespace kavro::http;

namespace {

std::string_view withoutBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

void checkWritten(const kavro_response& response, bool head, bool keep_alive) {
  static const Site site(Router({""}), {}, {{"X-Frame-Options", "DENY"}});
  std::string out;
  writeResponse(out, response, {site, "D", "", {}, head, keep_alive, 1});
  std::string flaw;
  const auto read = kavro::fuzz::readWireResponse(out, head, flaw);
  require(read.has_value(), "an answer that can be read", flaw + "\n" + out);
  require(read->size == out.size(), "nothing behind the answer", out);
  require(read->status == response.status, "the status that was given");
  require(read->close == !keep_alive, "Connection: close exactly when it is closed");
  if (!head) require(read->body == kavro::fromAbi(response.body), "the body that was given");
  std::size_t found = 0;
  for (std::size_t i = 0; i < response.field_count; ++i) {
    std::string name(kavro::fromAbi(response.fields[i].name));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const auto value = withoutBlanks(kavro::fromAbi(response.fields[i].value));
    for (const auto& field : read->fields) found += field.first == name && field.second == value ? 1 : 0;
    require(found > i, "every field that was given", name);
    found = i + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = kavro::fuzz::textOf(data, size);
  const std::string_view line = kavro::fuzz::takeLine(input);
  kavro_response response{};
  response.size = sizeof response;
  for (const char c : line.substr(0, 3)) {
    if (c >= '0' && c <= '9') response.status = static_cast<std::uint16_t>(response.status * 10 + (c - '0'));
  }
  std::vector<kavro_field> fields;
  while (!input.empty()) {
    std::string_view value = kavro::fuzz::takeLine(input);
    if (value.empty()) break;
    const std::string_view name = kavro::fuzz::takeUntil(value, ':');
    fields.push_back({kavro::toAbi(name), kavro::toAbi(value)});
    if (!kavro::headers::nameFlaw(name) && !kavro::headers::valueFlaw(value)) {
      require(whyInvalid(name, value).empty(), "what [headers] accepts to be a field for the server", name);
    }
  }
  response.fields = fields.data();
  response.field_count = fields.size();
  response.body = kavro::toAbi(input);

  const std::string problem = kavro::problemJson(response.status, input, {{std::string(line), std::string(input)}});
  require(kavro::fuzz::isJson(problem), "a problem to be JSON whatever it tells", problem);
  if (!whyInvalid(response).empty()) return 0;
  for (const bool head : {false, true}) checkWritten(response, head, response.body.size % 2 == 0);
  const ErrorAnswer error(response, "0123456789abcdef", {});
  checkWritten(error.response(), false, true);
  if (kavro::fuzz::isJson(input)) {
    require(kavro::fuzz::isJson(kavro::fromAbi(error.response().body)), "JSON to stay JSON", input);
  }
  return 0;
}
