// What is sent on a connection of its own, and what must come of it. How such a case is written in a table: README.md.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kavro::http {

struct ExpectedReply {
  std::vector<int> statuses;  // any of them
  bool head = false;          // to HEAD: no content
};

enum class Fate {
  kOpen,         // the next request is answered as itself
  kClose,        // the connection is closed after the last answer, whatever follows
  kEnd,          // the client sends nothing more; the connection is closed
  kAlone,        // the client waits for an answer before it sends a body; it is the last, and nothing comes before it
  kOpenOrAlone,  // in several pieces either, as who sends them may look like who waits; in one the first
  kWait          // the server waits for a body, "hello", and then answers
};

struct HttpCase {
  std::string name;  // with its section
  std::string bytes;
  std::vector<ExpectedReply> replies;
  Fate fate = Fate::kOpen;
  // Of the last answer: a field's value; "!Name": that there is none; "body": the content.
  std::vector<std::pair<std::string, std::string>> checks;
  std::uint32_t seed = 0;
};

// Throws std::runtime_error with the line that cannot be read.
std::vector<HttpCase> readHttpTable(const std::string& path);

// In how many pieces the bytes arrive must not matter.
enum class Pieces { kWhole, kEveryByte, kRandom };
std::vector<std::size_t> cutsOf(const HttpCase& http_case, std::size_t size, Pieces pieces);

// Sends it to 127.0.0.1, where GET /echo/marker answers "GET /echo/marker ". Empty, or what went wrong.
std::string whyWrong(const HttpCase& http_case, std::uint16_t port, Pieces pieces);

// With escapes for what cannot be read.
std::string readable(const std::string& bytes);

}  // namespace kavro::http
