// Is a text one JSON value (RFC 8259), in UTF-8 and nested no deeper than kavro.json/1 takes it?
//
// For text that goes into an answer as it stands. It was JSON when it was stored, so nothing has to be made of it: this
// only looks, which costs about ten instructions a byte and no memory. It is milder than the server's reader: a name
// may occur twice in an object, a number be of any size, and an escape name half of a surrogate pair.
// Threads: any.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kavro::messaging {

class JsonText {
 public:
  static bool isValue(std::string_view text) {
    JsonText json(text);
    if (!json.value(0)) return false;
    json.skipBlanks();
    return json.at_ == json.end_;
  }

 private:
  static constexpr int kDepthMax = 63;

  explicit JsonText(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool value(int depth) {
    skipBlanks();
    switch (peek()) {
      case '{': return elements('}', depth, [&] { return take('"') && string() && take(':') && value(depth + 1); });
      case '[': return elements(']', depth, [&] { return value(depth + 1); });
      case '"': return take('"') && string();
      case 't': return literal("true");
      case 'f': return literal("false");
      case 'n': return literal("null");
      default: return number();
    }
  }

  template <class Element>
  bool elements(char close, int depth, Element element) {
    ++at_;
    if (take(close)) return true;
    if (depth == kDepthMax) return false;
    do {
      if (!element()) return false;
    } while (take(','));
    return take(close);
  }

  // After the opening quote.
  bool string() {
    for (;;) {
      skipPlain();
      const auto c = static_cast<unsigned char>(peek());
      if (c == '"') return ++at_, true;
      if (c == '\\' ? !escape() : c < 0x80 || !sequence()) return false;
    }
  }

  // ASCII without a meaning in a string, eight at a time where there are as many. A byte that is none sets its own top
  // bit in one of the terms, and no byte before it does.
  void skipPlain() {
    constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x80 * kOnes;
    for (std::uint64_t eight; end_ - at_ >= 8; at_ += 8) {
      std::memcpy(&eight, at_, 8);
      const std::uint64_t quote = (eight ^ '"' * kOnes) - kOnes, backslash = (eight ^ '\\' * kOnes) - kOnes;
      const std::uint64_t found = ((eight - 0x20 * kOnes) | quote | backslash | eight) & kTops;
      if (found == 0) continue;
      if constexpr (std::endian::native == std::endian::little) at_ += std::countr_zero(found) / 8;
      break;
    }
    while (at_ != end_ && isPlain(static_cast<unsigned char>(*at_))) ++at_;
  }

  bool escape() {
    ++at_;
    const char c = peek();
    if (c != 'u') return c != 0 && std::string_view("\"\\/bfnrt").find(*at_++) != std::string_view::npos;
    for (int i = 0; i < 4; ++i) {
      ++at_;
      const char digit = peek();
      if (!isDigit(digit) && !(digit >= 'a' && digit <= 'f') && !(digit >= 'A' && digit <= 'F')) return false;
    }
    ++at_;
    return true;
  }

  // RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
  bool sequence() {
    const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at_[i]); };
    const unsigned char lead = byte(0);
    const std::ptrdiff_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || end_ - at_ < length) return false;
    for (std::ptrdiff_t i = 1; i < length; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return false;
    }
    if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return false;
    if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return false;
    at_ += length;
    return true;
  }

  bool number() {
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (peek() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (peek() != 'e' && peek() != 'E') return true;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    return digits();
  }

  bool digits() {
    const char* const first = at_;
    while (isDigit(peek())) ++at_;
    return at_ != first;
  }

  bool literal(std::string_view word) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool take(char c) {
    skipBlanks();
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  // There are rarely any: what is stored is compact.
  void skipBlanks() {
    while (peek() <= ' ' && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) ++at_;
  }

  // 0, which stands nowhere in JSON, at the end.
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  static bool isPlain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }
  static bool isDigit(char c) { return c >= '0' && c <= '9'; }

  const char* at_;
  const char* const end_;
};

}  // namespace kavro::messaging
