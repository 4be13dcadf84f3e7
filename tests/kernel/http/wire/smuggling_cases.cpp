#include "smuggling_cases.hpp"

#include <string_view>

namespace kavro::http {
namespace {

const std::string kHead = "POST /echo HTTP/1.1\r\nHost: a\r\n";
const std::string kInner = "GET /echo/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kEmptyChunked = "0\r\n\r\n";
const std::vector<int> kRefused = {400, 413, 414, 417, 431, 501, 505};

bool isAlphanumeric(int c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'); }
bool isIn(int c, std::string_view set) { return c != 0 && c < 128 && set.find(static_cast<char>(c)) != set.npos; }
bool isTokenByte(int c) { return isAlphanumeric(c) || isIn(c, "!#$%&'*+-.^_`|~"); }
bool isValueByte(int c) { return c == '\t' || (c >= 32 && c != 127); }
bool isHexDigit(int c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f'); }
bool isBlankByte(int c) { return c == ' ' || c == '\t'; }

std::string byteName(int c) { return "byte " + std::to_string(c); }
std::string one(int c) { return std::string(1, static_cast<char>(c)); }
std::string lengthOf(const std::string& body) { return "Content-Length: " + std::to_string(body.size()) + "\r\n"; }

class Cases {
 public:
  std::vector<HttpCase> made;

  void refused(const std::string& name, const std::string& bytes) {
    add(name, bytes, {{kRefused, false}}, Fate::kClose, {});
  }
  // One request, whose content is this.
  void read(const std::string& name, const std::string& bytes, const std::string& what) {
    add(name, bytes, {{{200}, false}}, Fate::kOpen, {{"body", what}});
  }
  // A request without content, and then whatever `then` is to the server: a request, or nonsense.
  void readThen(const std::string& name, const std::string& bytes, std::vector<int> then, Fate fate) {
    add(name, bytes, {{{200}, false}, {std::move(then), false}}, fate, {});
  }
  void answered(const std::string& name, const std::string& bytes, int status, bool head = false,
                Fate fate = Fate::kOpen) {
    add(name, bytes, {{{status}, head}}, fate, {});
  }

 private:
  void add(const std::string& name, const std::string& bytes, std::vector<ExpectedReply> replies, Fate fate,
           std::vector<std::pair<std::string, std::string>> checks) {
    const auto seed = static_cast<std::uint32_t>(made.size());
    made.push_back({name, bytes, std::move(replies), fate, std::move(checks), seed});
  }
};

enum class Line {
  kChunked,  // a Transfer-Encoding of chunked
  kCoding,   // a Transfer-Encoding of something else
  kOther,    // another field
  kBroken    // no field
};

// A line that looks like a Transfer-Encoding, with a Content-Length before it, behind it, or none.
void encodingLine(Cases& cases, const std::string& name, const std::string& line, Line is) {
  const std::string payload = kEmptyChunked + kInner;
  const std::string length = lengthOf(payload);
  const std::string seen = "POST /echo " + payload;
  for (const auto& [order, fields] :
       {std::pair("length first", length + line + "\r\n"), std::pair("length last", line + "\r\n" + length)}) {
    const std::string what = "TE " + name + ", " + order;
    if (is == Line::kOther) {
      cases.read(what, kHead + fields + "\r\n" + payload, seen);
    } else {
      cases.refused(what, kHead + fields + "\r\n" + payload);
    }
  }
  const std::string alone = kHead + line + "\r\n\r\n" + payload;
  if (is == Line::kChunked) {
    cases.readThen("TE " + name + ", alone", alone, {200}, Fate::kOpen);
  } else if (is == Line::kOther) {
    cases.readThen("TE " + name + ", alone", alone, kRefused, Fate::kClose);
  } else {
    cases.refused("TE " + name + ", alone", alone);
  }
  cases.refused("TE " + name + ", HTTP/1.0",
                is == Line::kOther ? "POST /echo HTTP/1.1\r\n" + line + "\r\n\r\n"
                                   : "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\n" + line + "\r\n\r\n" + payload);
}

void encodingLines(Cases& cases) {
  for (int c = 0; c < 256; ++c) {
    const bool ends_line = c == '\r' || c == '\n';
    const Line with_blank = isBlankByte(c) ? Line::kChunked : Line::kBroken;
    if (c <= 32 || c >= 127 || isIn(c, "\"',;:=()/\\")) {
      encodingLine(cases, byteName(c) + " before the name", one(c) + "Transfer-Encoding: chunked",
                   isTokenByte(c) ? Line::kOther : Line::kBroken);
      encodingLine(cases, byteName(c) + " behind the name", "Transfer-Encoding" + one(c) + ": chunked",
                   isTokenByte(c) ? Line::kOther : Line::kBroken);
      encodingLine(cases, byteName(c) + " behind the colon", "Transfer-Encoding:" + one(c) + "chunked",
                   isIn(c, "'") ? Line::kCoding : with_blank);
      encodingLine(cases, byteName(c) + " behind the value", "Transfer-Encoding: chunked" + one(c),
                   isIn(c, "'") ? Line::kCoding : with_blank);
      encodingLine(cases, byteName(c) + " within the value", "Transfer-Encoding: chu" + one(c) + "nked", Line::kBroken);
      if (!ends_line) {
        encodingLine(cases, byteName(c) + " in a line of its own",
                     "X: y\r\n" + one(c) + "\r\nTransfer-Encoding: chunked", Line::kBroken);
      }
    }
  }
  for (const char* name : {"Transfer_Encoding", "Transfer-Encodin", "Transfer-Encodings", "X-Transfer-Encoding",
                           "TransferEncoding", "Transfer.Encoding", "Transfer-Encoding-", "-Transfer-Encoding", "TE"}) {
    encodingLine(cases, name, std::string(name) + ": chunked", Line::kOther);
  }
  for (const char* name : {"transfer-encoding", "TRANSFER-ENCODING", "tRaNsFeR-eNcOdInG"}) {
    encodingLine(cases, name, std::string(name) + ": chunked", Line::kChunked);
  }
  for (const char* value : {"CHUNKED", "Chunked", "chunkeD", "\tchunked\t", "  chunked  "}) {
    encodingLine(cases, std::string("value ") + value, std::string("Transfer-Encoding:") + value, Line::kChunked);
  }
  for (const char* value : {"",
                            "identity",
                            "gzip",
                            "x",
                            "chunk",
                            "chunkedd",
                            "cchunked",
                            "chunked-",
                            "chunked,",
                            ",chunked",
                            "chunked,,",
                            "chunked, identity",
                            "identity, chunked",
                            "chunked, chunked",
                            "gzip, chunked",
                            "chunked, gzip",
                            "chunked;q=1",
                            "chunked; x",
                            "\"chunked\"",
                            "'chunked'",
                            "chunked\\",
                            "\\chunked",
                            "chunked chunked",
                            "chunked, x",
                            "null",
                            "[chunked]",
                            "{chunked}",
                            "<chunked>",
                            "(chunked)",
                            "chunked, ;",
                            "chunked/1.0",
                            "=chunked",
                            ": chunked",
                            "chunked: x",
                            "c\xd2hunked",
                            "\xc2\xa0"
                            "chunked",
                            "chunked\xc2\xa0",
                            "\xef\xbb\xbf"
                            "chunked",
                            "0",
                            "trailers"}) {
    encodingLine(cases, std::string("value ") + value, std::string("Transfer-Encoding: ") + value, Line::kCoding);
  }
  // Twice, in two lines: whichever a reader believes.
  const std::vector<std::string> values = {"chunked", "identity", "gzip",      "x",
                                           "",        "CHUNKED",  "chunked;a", "chunked, x"};
  for (const std::string& first : values) {
    for (const std::string& second : values) {
      encodingLine(cases, "twice: " + first + " and " + second,
                   "Transfer-Encoding: " + first + "\r\nTransfer-Encoding: " + second, Line::kCoding);
    }
  }
  encodingLine(cases, "folded", "Transfer-Encoding:\r\n chunked", Line::kBroken);
  encodingLine(cases, "folded with a tab", "Transfer-Encoding:\r\n\tchunked", Line::kBroken);
  encodingLine(cases, "folded behind", "Transfer-Encoding: chunked\r\n x", Line::kBroken);
  encodingLine(cases, "behind a folded line", "X: y\r\n Transfer-Encoding: chunked", Line::kBroken);
  encodingLine(cases, "behind a bare LF", "X: y\nTransfer-Encoding: chunked", Line::kBroken);
  encodingLine(cases, "behind a bare CR", "X: y\rTransfer-Encoding: chunked", Line::kBroken);
  encodingLine(cases, "behind an empty line of LF", "X: y\r\n\nTransfer-Encoding: chunked", Line::kBroken);
}

void contentLengths(Cases& cases) {
  const auto refused = [&cases](const std::string& name, const std::string& fields) {
    cases.refused("CL " + name, kHead + fields + "\r\n" + kInner);
  };
  for (int c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    if (digit) continue;
    if (!isBlankByte(c)) {
      refused(byteName(c) + " before the number", "Content-Length: " + one(c) + "5\r\n");
      refused(byteName(c) + " behind the number", "Content-Length: 5" + one(c) + "\r\n");
    }
    refused(byteName(c) + " within the number", "Content-Length: 3" + one(c) + "9\r\n");
    if (!isTokenByte(c) && c != ':') {
      refused(byteName(c) + " before the name", one(c) + "Content-Length: 5\r\n");
      refused(byteName(c) + " behind the name", "Content-Length" + one(c) + ": 5\r\n");
    } else if (c != ':') {
      cases.read("CL " + byteName(c) + " in the name: another field",
                 kHead + "Content-Length" + one(c) + ": 5\r\n" + lengthOf(kInner) + "\r\n" + kInner,
                 "POST /echo " + kInner);
    }
  }
  const std::vector<std::string> values = {"5", "6", "0", "", "05", "+5", "-1", "5,5", "x"};
  for (const std::string& first : values) {
    for (const std::string& second : values) {
      refused("twice: " + first + " and " + second,
              "Content-Length: " + first + "\r\nContent-Length: " + second + "\r\n");
    }
  }
  for (const char* value : {"", "0x27", "027x", "39, 39", "39;", "39 39", "1e2", "\"39\"", "-39",
                            "18446744073709551655", "99999999999999999999999", "4294967335", "3.9", "3_9", "39\t39"}) {
    refused(std::string("value ") + value, std::string("Content-Length: ") + value + "\r\n");
  }
}

// Content that is a request, for methods and paths that do nothing with it.
void unreadContent(Cases& cases) {
  const std::string content = lengthOf(kInner) + "\r\n" + kInner;
  char size[8];
  std::snprintf(size, sizeof size, "%zx", kInner.size());
  const std::string chunked =
      "Transfer-Encoding: chunked\r\n\r\n" + std::string(size) + "\r\n" + kInner + "\r\n0\r\n\r\n";
  struct Row {
    const char* line;
    int status;
  };
  for (const Row& row : {Row{"GET /echo", 200},
                         {"GET /ok", 200},
                         {"GET /nothing", 404},
                         {"HEAD /echo", 200},
                         {"HEAD /nothing", 404},
                         {"DELETE /echo", 200},
                         {"DELETE /ok", 405},
                         {"POST /ok", 405},
                         {"POST /nothing", 404},
                         {"PUT /ok", 405},
                         {"OPTIONS *", 204},
                         {"OPTIONS /ok", 204},
                         {"OPTIONS /nothing", 404},
                         {"TRACE /ok", 405},
                         {"BREW /ok", 501},
                         {"get /ok", 501},
                         {"POST http://b/echo", 200},
                         {"GET /nothing/%2e%2e/echo", 404}}) {
    const bool head = std::string_view(row.line).starts_with("HEAD");
    const std::string begin = std::string(row.line) + " HTTP/1.1\r\nHost: a\r\n";
    for (const char* fields : {"", "Expect: 100-continue\r\n", "Connection: keep-alive\r\n", "Upgrade: h2c\r\n",
                               "Connection: Content-Length\r\n", "Connection: Transfer-Encoding, Host\r\n"}) {
      // Without a route the answer to Expect does not wait for the content, unless that is there already.
      const Fate fate =
          std::string_view(fields).starts_with("Expect") && row.status != 200 ? Fate::kOpenOrAlone : Fate::kOpen;
      const std::string name = std::string(row.line) + ' ' + fields;
      cases.answered("unread, " + name, begin + fields + content, row.status, head, fate);
      cases.answered("unread, chunked, " + name, begin + fields + chunked, row.status, head, fate);
    }
    cases.answered(std::string("no content, ") + row.line, begin + "\r\n", row.status, head);
  }
}

void chunks(Cases& cases) {
  const std::string head = kHead + "Transfer-Encoding: chunked\r\n\r\n";
  const auto refused = [&](const std::string& name, const std::string& body) {
    cases.refused("chunk, " + name, head + body + kInner);
  };
  const auto read = [&](const std::string& name, const std::string& body, const std::string& content) {
    cases.read("chunk, " + name, head + body, "POST /echo " + content);
  };
  for (int c = 0; c < 256; ++c) {
    const std::string rest = "\r\nhello\r\n0\r\n\r\n";
    if (!isHexDigit(c)) {
      refused(byteName(c) + " before the size", one(c) + "5" + rest);
      refused(byteName(c) + " behind the size", "5" + one(c) + rest);
      refused(byteName(c) + " behind the last size", "5\r\nhello\r\n0" + one(c) + "\r\n\r\n");
    }
    const bool in_name = isTokenByte(c) || isIn(c, "=;");
    in_name ? read(byteName(c) + " in an extension", "5;a" + one(c) + "b" + rest, "hello")
            : refused(byteName(c) + " in an extension", "5;a" + one(c) + "b" + rest);
    const bool quoted = isValueByte(c) && !isIn(c, "\"");
    quoted ? read(byteName(c) + " in quotes", "5;a=\"" + one(c) + "b\"" + rest, "hello")
           : refused(byteName(c) + " in quotes", "5;a=\"" + one(c) + "b\"" + rest);
    if (c != '\r') refused(byteName(c) + " for the CR behind the data", "5\r\nhello" + one(c) + "\n0\r\n\r\n");
    if (c != '\n') refused(byteName(c) + " for the LF behind the data", "5\r\nhello\r" + one(c) + "0\r\n\r\n");
    if (c != '\n') refused(byteName(c) + " for the LF behind the size", "5\r" + one(c) + "hello\r\n0\r\n\r\n");
    if (c != '\n') refused(byteName(c) + " for the last LF", "5\r\nhello\r\n0\r\n\r" + one(c));
    isValueByte(c) ? read(byteName(c) + " in a trailer", "5\r\nhello\r\n0\r\nX: y" + one(c) + "z\r\n\r\n", "hello")
                   : refused(byteName(c) + " in a trailer", "5\r\nhello\r\n0\r\nX: y" + one(c) + "z\r\n\r\n");
    isTokenByte(c)
        ? read(byteName(c) + " in a trailer's name", "5\r\nhello\r\n0\r\nX" + one(c) + "y: z\r\n\r\n", "hello")
    : c == ':' ? read(byteName(c) + " in a trailer's name", "5\r\nhello\r\n0\r\nX:y: z\r\n\r\n", "hello")
               : refused(byteName(c) + " in a trailer's name", "5\r\nhello\r\n0\r\nX" + one(c) + "y: z\r\n\r\n");
  }
  for (const char* trailer :
       {"Content-Length: 5", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Host: b", "Connection: close",
        "Expect: 100-continue", "Authorization: x", "Content-Length: 0", "Upgrade: h2c", "Content-Type: a/b"}) {
    read(std::string("trailer ") + trailer, std::string("5\r\nhello\r\n0\r\n") + trailer + "\r\n\r\n", "hello");
  }
  for (const char* end : {"\n", "\r", "\r\r\n", "\n\r\n", " \r\n", "\t\r\n", "\x0b\r\n", ";\r\n", ";\n", ";a\n", ";a\r",
                          ";a=\r\n", ";=b\r\n", ";a=\"\r\n", ";a=\"b\r\n", ";a=\"b\"c\r\n", ";a b\r\n", " ;\r\n"}) {
    refused(std::string("size ends in ") + readable(end), std::string("5") + end + "hello\r\n0\r\n\r\n");
  }
  for (const char* size :
       {"", "g", "0x5", "0X5", "-5", "+5", "5.0", "5,", "5:", "10000000000000005", "ffffffffffffffff",
        "fffffffffffffffb", "8000000000000005", "100000005", "00000000000000000005"}) {
    refused(std::string("size ") + size, std::string(size) + "\r\nhello\r\n0\r\n\r\n");
  }
}

// One byte in each place of the request line and of a field.
void bytes(Cases& cases) {
  const std::string rest = " HTTP/1.1\r\nHost: a\r\n\r\n";
  for (int c = 0; c < 256; ++c) {
    const std::string byte = byteName(c);
    if (c != ' ') {
      cases.refused(byte + " for the first blank", "GET" + one(c) + "/echo" + rest);
      cases.refused(byte + " for the second blank", "GET /echo" + one(c) + "HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    cases.refused(byte + " behind the version", "GET /echo HTTP/1.1" + one(c) + "\r\nHost: a\r\n\r\n");
    if (!isTokenByte(c)) cases.refused(byte + " in front", one(c) + "GET /echo" + rest);
    if (!isTokenByte(c)) cases.refused(byte + " in the method", "G" + one(c) + "T /echo" + rest);
    if (c >= 33 && c <= 126 && c != '#') {
      cases.read(byte + " in the query", "GET /echo?a" + one(c) + "b" + rest, "GET /echo?a" + one(c) + "b ");
    } else {
      cases.refused(byte + " in the query", "GET /echo?a" + one(c) + "b" + rest);
    }
    const std::string line = "GET /echo HTTP/1.1\r\n";
    const bool in_host = isAlphanumeric(c) || isIn(c, "-._~!$&'()*+,;=");
    in_host ? cases.read(byte + " in Host", line + "Host: x" + one(c) + "y\r\n\r\n", "GET /echo ")
            : cases.refused(byte + " in Host", line + "Host: x" + one(c) + "y\r\n\r\n");
    const std::string named = line + "Host: a\r\nX" + one(c) + "Y: z\r\n\r\n";
    isTokenByte(c) || c == ':' ? cases.read(byte + " in a name", named, "GET /echo ")
                               : cases.refused(byte + " in a name", named);
    const std::string valued = line + "Host: a\r\nX: y" + one(c) + "z\r\n\r\n";
    isValueByte(c) ? cases.read(byte + " in a value", valued, "GET /echo ")
                   : cases.refused(byte + " in a value", valued);
    if (c != '\n') cases.refused(byte + " for an LF", line + "Host: a\r" + one(c) + "X: y\r\n\r\n");
    if (c != '\r' && !isTokenByte(c)) cases.refused(byte + " for the last CR", line + "Host: a\r\n" + one(c) + "\n");
  }
  for (const char* target : {"http://a", "http://b/echo", "https:/a", "//a/echo", "http://a@b/echo", "http://a:b/echo",
                             "http:///echo", "http:a/echo", "HTTP://b/echo", "ftp://a/", "http://[::1]/echo", "a:80"}) {
    const std::string text = std::string("GET ") + target + " HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    cases.refused(std::string("two hosts and ") + target, text);
    cases.refused(std::string("no host and ") + target, std::string("GET ") + target + " HTTP/1.1\r\n\r\n");
  }
}

}  // namespace

std::vector<HttpCase> smugglingCases() {
  Cases cases;
  encodingLines(cases);
  contentLengths(cases);
  unreadContent(cases);
  chunks(cases);
  bytes(cases);
  return std::move(cases.made);
}

}  // namespace kavro::http
