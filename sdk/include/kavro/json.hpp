// JSON: a view of a parsed document, and a writer that appends to a string.
// Threads: a document may be read from any thread; a writer belongs to one.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <kavro/abi/json.h>
#include <kavro/text.hpp>

namespace kavro {

// A value inside a document; as cheap as a pointer. Valid as long as its JsonDocument.
class JsonValue {
 public:
  explicit JsonValue(const kavro_json_node* node) : node_(node) {}

  bool isNull() const { return node_->type == KAVRO_JSON_NULL; }
  bool isObject() const { return node_->type == KAVRO_JSON_OBJECT; }
  bool isArray() const { return node_->type == KAVRO_JSON_ARRAY; }

  // Nothing when the value has another type; nothing is coerced.
  std::optional<std::string_view> string() const {
    if (node_->type != KAVRO_JSON_STRING) return std::nullopt;
    return fromAbi(node_->value.text);
  }
  std::optional<int64_t> integer() const {
    if (node_->type != KAVRO_JSON_INTEGER) return std::nullopt;
    return node_->value.integer;
  }
  std::optional<double> real() const {
    if (node_->type == KAVRO_JSON_INTEGER) return static_cast<double>(node_->value.integer);
    if (node_->type != KAVRO_JSON_REAL) return std::nullopt;
    return node_->value.real;
  }
  std::optional<bool> boolean() const {
    if (node_->type != KAVRO_JSON_BOOLEAN) return std::nullopt;
    return node_->value.integer != 0;
  }

  // Members of an object, elements of an array; 0 otherwise.
  size_t size() const { return isObject() || isArray() ? node_->count : 0; }

  // A member of an object by name.
  std::optional<JsonValue> find(std::string_view name) const {
    std::optional<JsonValue> found;
    if (isObject()) {
      eachMember([&](std::string_view member, JsonValue value) {
        if (member == name) found = value;
      });
    }
    return found;
  }

  // visit(std::string_view name, JsonValue value), in document order.
  template <class Visit>
  void eachMember(Visit visit) const {
    const kavro_json_node* name = node_ + 1;
    for (uint64_t i = 0; i < node_->count; ++i) {
      const kavro_json_node* value = name + 1;
      visit(fromAbi(name->value.text), JsonValue(value));
      name = value + value->span;
    }
  }

  // visit(JsonValue element), in document order.
  template <class Visit>
  void eachElement(Visit visit) const {
    const kavro_json_node* element = node_ + 1;
    for (uint64_t i = 0; i < node_->count; ++i, element += element->span) visit(JsonValue(element));
  }

  const kavro_json_node& node() const { return *node_; }

 private:
  const kavro_json_node* node_;
};

// A parsed text. Owns its nodes.
class JsonDocument {
 public:
  JsonDocument(const kavro_json_v1* table, kavro_json_document document) : table_(table), document_(document) {}
  JsonDocument(JsonDocument&& other) noexcept
      : table_(std::exchange(other.table_, nullptr)), document_(other.document_) {}
  JsonDocument& operator=(JsonDocument&& other) noexcept {
    std::swap(table_, other.table_);
    std::swap(document_, other.document_);
    return *this;
  }
  ~JsonDocument() {
    if (table_) table_->release(&document_);
  }

  JsonValue root() const { return JsonValue(document_.nodes); }

 private:
  const kavro_json_v1* table_;
  kavro_json_document document_;
};

// Writes compact JSON to the end of a string. Commas are its business:
//   JsonWriter(out).beginObject().key("id").integer(7).key("name").string("Bob").endObject();
// Bytes that are not UTF-8 are written as U+FFFD; control characters, and others that would make a line something else
// than it seems, as \uXXXX.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& beginObject() { return open('{'); }
  JsonWriter& endObject() { return close('}'); }
  JsonWriter& beginArray() { return open('['); }
  JsonWriter& endArray() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    string(name);
    out_ += ':';
    comma_ = false;
    return *this;
  }

  JsonWriter& string(std::string_view text) {
    separate();
    out_ += '"';
    escape(text);
    out_ += '"';
    return *this;
  }
  JsonWriter& integer(int64_t number) { return number_(number); }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  // Always told from an integer: 1.0, not 1. JSON has no infinity and no NaN: null.
  JsonWriter& real(double number) {
    if (!std::isfinite(number)) return null();
    const size_t start = out_.size();
    number_(number);
    if (out_.find_first_of(".e", start) == std::string::npos) out_ += ".0";
    return *this;
  }

  // Text that is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

  // A parsed value, as it was read: members in their order, integers exact, reals in the shortest form that reads back.
  JsonWriter& value(JsonValue value) {
    const kavro_json_node& node = value.node();
    switch (node.type) {
      case KAVRO_JSON_BOOLEAN: return boolean(node.value.integer != 0);
      case KAVRO_JSON_INTEGER: return integer(node.value.integer);
      case KAVRO_JSON_UNSIGNED: return number_(static_cast<uint64_t>(node.value.integer));
      case KAVRO_JSON_REAL: return real(node.value.real);
      case KAVRO_JSON_STRING: return string(fromAbi(node.value.text));
      case KAVRO_JSON_ARRAY:
        beginArray();
        value.eachElement([this](JsonValue element) { this->value(element); });
        return endArray();
      case KAVRO_JSON_OBJECT:
        beginObject();
        value.eachMember([this](std::string_view name, JsonValue member) { key(name).value(member); });
        return endObject();
      default: return null();
    }
  }

 private:
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    comma_ = true;
    return *this;
  }
  void separate() {
    if (comma_) out_ += ',';
    comma_ = true;
  }
  template <class Number>
  JsonWriter& number_(Number number) {
    char digits[40];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return raw(std::string_view(digits, static_cast<size_t>(end - digits)));
  }

  // The length of the UTF-8 sequence at `text`, 0 when it is none (RFC 3629: no surrogates, nothing above U+10FFFF,
  // no overlong form).
  static size_t sequence(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
      if (!follows(1) || !follows(2)) return 0;
      if (lead == 0xE0 && byte(1) < 0xA0) return 0;
      if (lead == 0xED && byte(1) > 0x9F) return 0;
      return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
      if (!follows(1) || !follows(2) || !follows(3)) return 0;
      if (lead == 0xF0 && byte(1) < 0x90) return 0;
      if (lead == 0xF4 && byte(1) > 0x8F) return 0;
      return 4;
    }
    return 0;
  }

  // Characters that end a line, control a terminal or turn the reading direction, so that a line of a log would not be
  // what it seems: C1 controls with NEL, LRM, RLM, LINE and PARAGRAPH SEPARATOR, embeddings, overrides, isolates. 0: none
  // of them. `text` begins with a whole sequence.
  static char32_t hiddenCharacter(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) == 0xC2) return byte(1) < 0xA0 ? byte(1) : 0;
    if (byte(0) != 0xE2 || byte(1) < 0x80 || byte(1) > 0x81) return 0;
    const char32_t c = 0x2000U | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    const bool hidden = c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return hidden ? c : 0;
  }

  // Which characters stand in a string as they are.
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
  }();

  // How many plain characters there are from `from` on: eight at a time where all of them are, because a text rarely has
  // others. A byte that is not plain sets its own top bit in one of the terms, and no byte before it does.
  static size_t plainRun(std::string_view text, size_t from) {
    constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x80 * kOnes;
    size_t i = from;
    for (uint64_t eight; i + sizeof eight <= text.size(); i += sizeof eight) {
      std::memcpy(&eight, text.data() + i, sizeof eight);
      const uint64_t control = eight - 0x20 * kOnes;
      const uint64_t quote = (eight ^ '"' * kOnes) - kOnes;
      const uint64_t backslash = (eight ^ '\\' * kOnes) - kOnes;
      const uint64_t delete_or_not_ascii = (eight + kOnes) | eight;
      if ((control | quote | backslash | delete_or_not_ascii) & kTops) break;
    }
    while (i < text.size() && kPlain[static_cast<unsigned char>(text[i])]) ++i;
    return i - from;
  }

  void escape(std::string_view text) {
    size_t kept = 0;  // start of what goes out as it is
    for (size_t i = 0; (i += plainRun(text, i)) < text.size();) {
      const unsigned char c = static_cast<unsigned char>(text[i]);
      const size_t length = c < 0x80 ? 0 : sequence(text.substr(i));
      const char32_t hidden = length > 1 ? hiddenCharacter(text.substr(i)) : 0;
      if (length > 1 && hidden == 0) {
        i += length;
        continue;
      }
      out_.append(text, kept, i - kept);
      if (hidden != 0) {
        escapeAsNumber(hidden);
      } else {
        escapeOne(c);
      }
      kept = i += std::max<size_t>(length, 1);
    }
    out_.append(text, kept, text.size() - kept);
  }

  void escapeOne(unsigned char c) {
    switch (c) {
      case '"': out_ += "\\\""; return;
      case '\\': out_ += "\\\\"; return;
      case '\n': out_ += "\\n"; return;
      case '\r': out_ += "\\r"; return;
      case '\t': out_ += "\\t"; return;
      default: break;
    }
    if (c >= 0x80) {
      out_ += "\xEF\xBF\xBD";
      return;
    }
    escapeAsNumber(c);
  }

  void escapeAsNumber(char32_t c) {
    static constexpr char kHex[] = "0123456789abcdef";
    out_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += kHex[(c >> shift) & 15];
  }

  std::string& out_;
  bool comma_ = false;
};

}  // namespace kavro
