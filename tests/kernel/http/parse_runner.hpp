// Feeds raw bytes to a RequestParser in pieces, as a reactor would, and copies out all that can be seen of the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/http/parser.hpp"

namespace kavro::http {

struct ParseResult {
  RequestParser::State state = RequestParser::State::kHeader;
  int status = 0;
  std::string why;
  std::size_t taken = 0;  // of the input; of a failed parser it says nothing and stays 0
  bool started = false;
  std::string method, target, path, query, host, body;
  std::vector<std::pair<std::string, std::string>> fields;
  int minor_version = 0;
  bool keep_alive = false, expects_continue = false, has_body = false;
  std::optional<std::uint64_t> content_length;

  bool operator==(const ParseResult&) const = default;
};

std::string describe(const ParseResult& result);

// Runs `parser` over `raw`, cut at `cuts` (offsets, ascending), and accepts every body up to `body_bytes_max`.
ParseResult parse(RequestParser& parser, std::string_view raw, const std::vector<std::size_t>& cuts = {},
                  std::uint64_t body_bytes_max = UINT64_MAX);

// The same with a parser of its own and the default limits.
ParseResult parse(std::string_view raw, const std::vector<std::size_t>& cuts = {});

std::vector<std::size_t> everyByte(std::string_view raw);

}  // namespace kavro::http
