// What the parts of the HTTP parser share, and what others need to read a request: limits, refusals, fields, lists,
// percent-encoding, authorities.
// Threads: all functions are pure. Ownership: views in, views into the same memory out. No exceptions of our own.
#pragma once

#include <kavro/abi/base.h>

#include <cstddef>
#include <cstdint>
#include <kavro/text.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kavro::http {

// What a client may make the server hold for one request. Going past one is a refusal, exactly at the limit is not.
struct Limits {
  std::size_t request_line_bytes_max = 8 * 1024;     // without its CRLF; past it 414. RFC 9112, 3 wants at least 8,000
  std::size_t header_bytes_max = 32 * 1024;          // all field lines with their CRLFs; past it 431
  std::size_t header_fields_max = 100;               // past it 431
  std::uint64_t body_bytes_max = 1024 * 1024;        // decoded; past it 413
  std::size_t chunk_extension_bytes_max = 4 * 1024;  // over all chunks of a body, from ";" to CR; past it 413
  std::size_t trailer_bytes_max = 8 * 1024;          // all trailer lines with their CRLFs; past it 431
};

// Why a request is refused: the status to answer and one sentence for the client. `why` is a literal.
struct Refusal {
  int status = 0;  // 0: not refused
  std::string_view why;
};

// The value of the first field of that name. `name` in lower case; the fields as RequestParser gives them.
std::optional<std::string_view> findField(std::span<const kavro_field> fields, std::string_view name);

// Without blanks and tabs at both ends (OWS: RFC 9110, 5.6.3).
std::string_view trimmed(std::string_view text);

// Takes the first element, trimmed, off a comma-separated list (RFC 9110, 5.6.1); it may be empty. For lists of
// tokens only: a comma inside a quoted-string splits as well.
std::string_view takeListElement(std::string_view& list);

// One pass of percent-decoding (RFC 3986, 2.1), for a path's segment (after splitting at "/", so that %2F stays part
// of it) or a part of a query. Nothing for a broken escape, for NUL, and for what is not UTF-8 afterwards.
enum class Plus { kLiteral, kBlank };  // kBlank: "+" is a blank, as HTML forms encode a query
std::optional<std::string> percentDecode(std::string_view text, Plus plus = Plus::kLiteral);

// Every "%" is followed by two hexadecimal digits, and none encodes NUL.
bool isPercentEncoded(std::string_view text);

// uri-host [":" port] (RFC 9110, 7.2; RFC 3986, 3.2.2) without userinfo: a registered name, an IPv4 address or an IPv6
// address in brackets; the port empty or 0 to 65535. An empty host is none.
bool isAuthority(std::string_view text);

}  // namespace kavro::http
