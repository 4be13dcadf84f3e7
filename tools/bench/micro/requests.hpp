// What the pieces work on: the requests, bodies and texts of a usual client, always the same.
#pragma once

#include <string>
#include <string_view>

namespace kavro::micro {

inline constexpr std::string_view kGetHealth =
    "GET /health HTTP/1.1\r\n"
    "Host: localhost:8443\r\n"
    "User-Agent: python-requests/2.28.1\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Accept: */*\r\n"
    "Connection: keep-alive\r\n"
    "\r\n";

// A message of 192 bytes, as base64, and beside it what a client sends with it: 400 bytes in all.
inline constexpr std::string_view kSendBody =
    R"({"recipient_id":42,"ciphertext":")"
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9Q"
    "UVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6Ch"
    "oqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/"
    R"(","ephemeral_pubkey":"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",)"
    R"("metadata":{"topic":""}})";

std::string sendRequest();  // POST /messages/ with kSendBody and a token

inline constexpr std::string_view kMetadata =
    R"({"topic":"weekend","reply_to":1041,"content_type":"text/plain","sent_with":"demo client 0.1"})";

// All 256 bytes in turn, in no order that helps anybody.
std::string someBytes(std::size_t size);

}  // namespace kavro::micro
