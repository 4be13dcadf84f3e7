#include "http_case.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>

#include "wire_connection.hpp"

namespace kavro::http {
namespace {

const std::string kMarker = "GET /echo/marker HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kMarkerBody = "GET /echo/marker ";
const std::string kAwaitedBody = "hello";

using Names = std::map<std::string, std::string>;

// "{name}", "{5*text}", "{{}" and the escapes of C.
class Expander {
 public:
  explicit Expander(const Names& names) : names_(names) {}

  std::string expand(const std::string& text) const {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\\') {
        out += escaped(text, at);
      } else if (text.compare(at, 3, "{{}") == 0) {
        out += '{';
        at += 2;
      } else if (text[at] == '{') {
        const std::size_t end = closing(text, at);
        out += inBraces(text.substr(at + 1, end - at - 1));
        at = end;
      } else {
        out += text[at];
      }
    }
    return out;
  }

 private:
  static char escaped(const std::string& text, std::size_t& at) {
    const char c = text.at(++at);
    if (c == 'x') {
      at += 2;
      return static_cast<char>(std::stoi(text.substr(at - 1, 2), nullptr, 16));
    }
    return c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
  }

  static std::size_t closing(const std::string& text, std::size_t at) {
    int depth = 0;
    for (std::size_t end = at; end < text.size(); ++end) {
      if (text[end] == '\\')
        ++end;
      else if (text[end] == '{')
        ++depth;
      else if (text[end] == '}' && --depth == 0)
        return end;
    }
    throw std::runtime_error("a brace is not closed: " + text);
  }

  std::string inBraces(const std::string& inner) const {
    const std::size_t star = inner.find('*');
    if (star == std::string::npos) {
      const auto found = names_.find(inner);
      if (found == names_.end()) throw std::runtime_error("there is no {" + inner + "}");
      return expand(found->second);
    }
    const std::string once = expand(inner.substr(star + 1));
    std::string out;
    for (int left = std::stoi(inner.substr(0, star)); left > 0; --left) out += once;
    return out;
  }

  const Names& names_;
};

// "400/501 close [Name=value][!Name]"
void readExpectation(std::string text, const Expander& expander, HttpCase& made) {
  while (text.ends_with(']')) {
    const std::size_t begin = text.rfind('[');
    const std::string check = text.substr(begin + 1, text.size() - begin - 2);
    const std::size_t equals = check.find('=');
    made.checks.emplace_back(check.substr(0, equals),
                             equals == std::string::npos ? "" : expander.expand(check.substr(equals + 1)));
    text.resize(begin);
  }
  std::istringstream words(expander.expand(text));
  std::string replies, fate;
  words >> replies >> fate;
  if (fate == "close")
    made.fate = Fate::kClose;
  else if (fate == "end")
    made.fate = Fate::kEnd;
  else if (fate == "alone")
    made.fate = Fate::kAlone;
  else if (fate == "wait")
    made.fate = Fate::kWait;
  else if (fate != "open")
    throw std::runtime_error("found \"" + fate + "\", expected open, close, end, alone or wait");
  if (replies == "-") return;
  std::istringstream list(replies);
  for (std::string one; std::getline(list, one, ',');) {
    ExpectedReply reply;
    reply.head = one.ends_with('h');
    std::istringstream statuses(one);
    for (std::string status; std::getline(statuses, status, '/');) reply.statuses.push_back(std::stoi(status));
    made.replies.push_back(std::move(reply));
  }
}

std::string fieldsWrong(const WireReply& reply, bool closes) {
  if (reply.status < 200) return {};
  const bool no_content = reply.status == 204 || reply.status == 304;
  if (reply.count("Date") != 1) return "found " + std::to_string(reply.count("Date")) + " Date fields";
  if (reply.count("Content-Length") != (no_content ? 0 : 1)) return "Content-Length is not there once";
  if (reply.count("Transfer-Encoding") != 0) return "there is a Transfer-Encoding";
  const bool says_close = reply.field("Connection") == "close";
  if (says_close != closes) return closes ? "it does not say that it closes" : "it says that it closes";
  if (reply.status >= 400 && reply.field("Content-Type") != "application/problem+json") return "it is no problem";
  return {};
}

std::string checkWrong(const WireReply& reply, const std::string& name, const std::string& value) {
  if (name == "body") return reply.body == value ? "" : "found the content \"" + readable(reply.body) + '"';
  if (name.starts_with('!')) return reply.field(name.substr(1)) ? name + ": it is there" : "";
  const auto found = reply.field(name);
  return found == value ? "" : "found " + name + ": " + found.value_or("(none)");
}

}  // namespace

std::string readable(const std::string& bytes) {
  std::ostringstream out;
  for (const char c : bytes.substr(0, 400)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r')
      out << "\\r";
    else if (c == '\n')
      out << "\\n";
    else if (std::isprint(byte))
      out << c;
    else
      out << "\\x"
          << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
  }
  if (bytes.size() > 400) out << "... (" << bytes.size() << " bytes)";
  return out.str();
}

std::vector<HttpCase> readHttpTable(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + " cannot be read");
  Names names;
  const Expander expander(names);
  std::vector<HttpCase> cases;
  std::uint32_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    try {
      if (line.starts_with("let ")) {
        const std::size_t equals = line.find(" = ");
        names[line.substr(4, equals - 4)] = line.substr(equals + 3);
        continue;
      }
      const std::size_t first = line.find(" | "), second = line.find(" | ", first + 3),
                        third = line.find(" | ", second + 3);
      if (third == std::string::npos) throw std::runtime_error("expected section | expectation | name | bytes");
      HttpCase made;
      made.name = line.substr(0, first) + ", " + line.substr(second + 3, third - second - 3);
      made.bytes = expander.expand(line.substr(third + 3));
      made.seed = number;
      readExpectation(line.substr(first + 3, second - first - 3), expander, made);
      cases.push_back(std::move(made));
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return cases;
}

std::vector<std::size_t> cutsOf(const HttpCase& http_case, std::size_t size, Pieces pieces) {
  constexpr std::size_t kEveryByteMax = 3000, kCutsMax = 8;
  std::vector<std::size_t> cuts;
  if (pieces == Pieces::kEveryByte && size <= kEveryByteMax) {
    for (std::size_t at = 1; at < size; ++at) cuts.push_back(at);
  } else if (pieces != Pieces::kWhole) {
    std::mt19937 random(http_case.seed);
    for (std::size_t i = 0; i < kCutsMax; ++i) cuts.push_back(random() % size);
    std::sort(cuts.begin(), cuts.end());
  }
  return cuts;
}

std::string whyWrong(const HttpCase& http_case, std::uint16_t port, Pieces pieces) try {
  WireConnection connection(port);
  Fate fate = http_case.fate;
  const bool followed = fate == Fate::kOpen || fate == Fate::kClose || fate == Fate::kOpenOrAlone;
  const std::string bytes = http_case.bytes + (followed ? kMarker : "");
  connection.send(bytes, cutsOf(http_case, bytes.size(), pieces));
  if (fate == Fate::kEnd) connection.finishSending();
  std::optional<WireReply> reply;
  for (std::size_t i = 0; i < http_case.replies.size(); ++i) {
    const ExpectedReply& expected = http_case.replies[i];
    const std::string which = "answer " + std::to_string(i + 1) + ": ";
    // Whether the body is there before "100 Continue" is written depends on the pieces; unless it is the point.
    do reply = connection.next(expected.head);
    while (reply && reply->status == 100 && expected.statuses.front() != 100 && fate != Fate::kAlone);
    if (!reply) return which + (connection.timedOut() ? "none came" : "the connection was closed");
    if (std::find(expected.statuses.begin(), expected.statuses.end(), reply->status) == expected.statuses.end()) {
      return which + "found " + std::to_string(reply->status) + ": " + readable(reply->body);
    }
    const bool last = i + 1 == http_case.replies.size();
    if (last && fate == Fate::kOpenOrAlone) {
      fate = pieces != Pieces::kWhole && reply->field("Connection") == "close" ? Fate::kAlone : Fate::kOpen;
    }
    const bool closes = fate == Fate::kClose || fate == Fate::kAlone;
    const std::string why = fieldsWrong(*reply, last && closes);
    if (!why.empty()) return which + why;
    if (!last) continue;
    for (const auto& [name, value] : http_case.checks) {
      if (const std::string wrong = checkWrong(*reply, name, value); !wrong.empty()) return which + wrong;
    }
  }
  if (fate == Fate::kWait) {
    connection.send(kAwaitedBody);
    reply = connection.next();
    if (!reply || reply->status != 200) return "after the body: found " + std::to_string(reply ? reply->status : 0);
    return reply->body.ends_with(kAwaitedBody) ? "" : "after the body: found " + readable(reply->body);
  }
  reply = connection.next();
  if (fate != Fate::kOpen) {
    if (reply) return "one answer too many: " + std::to_string(reply->status) + ' ' + readable(reply->body);
    return connection.timedOut() ? "the connection stays open" : "";
  }
  if (!reply) return connection.timedOut() ? "the next request has no answer" : "the connection was closed";
  if (reply->status == 200 && reply->body == kMarkerBody) return {};
  return "the next request got " + std::to_string(reply->status) + ' ' + readable(reply->body);
} catch (const std::runtime_error& error) {
  return error.what();
}

}  // namespace kavro::http
