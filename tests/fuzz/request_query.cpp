// What handlers read from a request: parameters of the query, whole numbers, lists, percent-encoding. Input: a line
// with the name that is looked for, a line with a text for the other functions, and the query.
#include <charconv>
#include <cstdlib>

#include <kavro/request.hpp>

#include "kernel/http/message.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::http;

namespace {

// The first parameter of that name whose name and value have no broken escape; the others have rules of their own.
void checkQuery(std::string_view query, std::string_view name) {
  kavro_request abi{};
  abi.size = sizeof abi;
  abi.query = kavro::toAbi(query);
  const kavro::Request::Tables tables;
  const kavro::Request request(tables, nullptr, &abi);
  const auto value = request.query(name);
  std::string_view rest = query;
  while (!rest.empty()) {
    std::string_view pair = kavro::fuzz::takeUntil(rest, '&');
    const std::string_view key = kavro::fuzz::takeUntil(pair, '=');
    const auto decoded_key = percentDecode(key, Plus::kBlank);
    if (!decoded_key) return;
    if (*decoded_key != name) continue;
    require(value.has_value(), "a parameter that is there", query);
    const auto decoded = percentDecode(pair, Plus::kBlank);
    if (decoded) require(*value == *decoded, "its value, decoded", *value);
    return;
  }
  require(!value, "no parameter that is not there", query);
}

void checkNumber(std::string_view text) {
  const auto number = kavro::parseInteger(text);
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  const bool all_digits = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  require(all_digits || !number, "only digits to be a number", text);
  if (!all_digits) return;
  const std::string terminated(text);
  errno = 0;
  const long long expected = std::strtoll(terminated.c_str(), nullptr, 10);
  require(number.has_value() == (errno == 0), "a number exactly when it fits 64 bits", text);
  if (number) require(*number == expected, "its value", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = kavro::fuzz::textOf(data, size);
  const std::string_view name = kavro::fuzz::takeLine(input);
  const std::string_view text = kavro::fuzz::takeLine(input);
  checkQuery(input, name);
  checkNumber(text);

  if (const auto decoded = percentDecode(text)) {
    require(isPercentEncoded(text), "what can be decoded to be encoded well", text);
    require(decoded->size() <= text.size() && decoded->find('\0') == std::string::npos, "no more, and no NUL");
  }
  if (isAuthority(text)) {
    require(!text.empty() && text.find_first_of("/?#@ \t\r\n\"<>\\") == std::string_view::npos, "a host and port",
            text);
  }
  std::string_view list = text;
  for (std::size_t commas = 0; !list.empty(); ++commas) {
    require(commas <= text.size(), "a list to end");
    const std::string_view element = takeListElement(list);
    require(element == trimmed(element) && element.find(',') == std::string_view::npos, "an element", element);
  }
  return 0;
}
