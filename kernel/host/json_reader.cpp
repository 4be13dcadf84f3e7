#include "kernel/host/json_reader.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include <kavro/text.hpp>

namespace kavro::host {

struct JsonReader::Parsed {
  JsonReader& reader;
  simdjson::dom::parser parser;
  std::vector<kavro_json_node> nodes;
  std::size_t text_bytes = 0;
};

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// Members up to this many are compared with each other; more are sorted. Not a hash set: a client can choose names that
// all have one hash, and 50,000 of them took 20 s.
constexpr std::size_t kFewMembers = 12;

class Flattener {
 public:
  explicit Flattener(std::vector<kavro_json_node>& nodes) : nodes_(nodes) {}

  // False when an object has a name twice. Depth is bounded by the parser.
  bool add(const element& value) {
    const std::size_t at = nodes_.size();
    nodes_.push_back({});
    kavro_json_node node{};
    node.span = 1;
    switch (value.type()) {
      case element_type::NULL_VALUE: node.type = KAVRO_JSON_NULL; break;
      case element_type::BOOL:
        node.type = KAVRO_JSON_BOOLEAN;
        node.value.integer = bool(value) ? 1 : 0;
        break;
      case element_type::INT64:
        node.type = KAVRO_JSON_INTEGER;
        node.value.integer = int64_t(value);
        break;
      case element_type::UINT64:
        node.type = KAVRO_JSON_UNSIGNED;
        node.value.integer = static_cast<int64_t>(uint64_t(value));
        break;
      case element_type::DOUBLE:
        node.type = KAVRO_JSON_REAL;
        node.value.real = double(value);
        break;
      case element_type::STRING:
        node.type = KAVRO_JSON_STRING;
        node.value.text = toAbi(std::string_view(value));
        break;
      case element_type::ARRAY:
        node.type = KAVRO_JSON_ARRAY;
        for (const element child : simdjson::dom::array(value)) {
          if (!add(child)) return false;
          ++node.count;
        }
        break;
      case element_type::OBJECT:
        node.type = KAVRO_JSON_OBJECT;
        for (const auto [name, child] : simdjson::dom::object(value)) {
          kavro_json_node member{};
          member.type = KAVRO_JSON_STRING;
          member.span = 1;
          member.value.text = toAbi(name);
          nodes_.push_back(member);
          if (!add(child)) return false;
          ++node.count;
        }
        if (hasTwice(at, node.count)) return false;
        break;
    }
    node.span = static_cast<uint32_t>(nodes_.size() - at);
    nodes_[at] = node;
    return true;
  }

 private:
  bool hasTwice(std::size_t at, std::size_t count) {
    if (count < 2) return false;
    std::string_view few[kFewMembers];
    if (count > kFewMembers) many_.resize(count);
    std::string_view* const names = count > kFewMembers ? many_.data() : few;
    std::size_t next = at + 1;
    for (std::size_t i = 0; i < count; ++i) {
      names[i] = fromAbi(nodes_[next].value.text);
      next += 1 + nodes_[next + 1].span;
    }
    if (count > kFewMembers) {
      std::sort(names, names + count);
      return std::adjacent_find(names, names + count) != names + count;
    }
    for (std::size_t i = 1; i < count; ++i) {
      if (std::find(names, names + i, names[i]) != names + i) return true;
    }
    return false;
  }

  std::vector<kavro_json_node>& nodes_;
  std::vector<std::string_view> many_;  // names of the object that ended last
};

const char* describe(simdjson::error_code error) {
  switch (error) {
    case simdjson::DEPTH_ERROR: return "it is nested too deeply";
    case simdjson::STRING_ERROR:
    case simdjson::UNCLOSED_STRING: return "a string in it is broken";
    case simdjson::UTF8_ERROR: return "it is not UTF-8";
    case simdjson::NUMBER_ERROR: return "a number in it is broken, or fits neither 64 bits nor a double";
    case simdjson::UNESCAPED_CHARS: return "a string in it has an unescaped control character";
    case simdjson::EMPTY: return "it is empty";
    case simdjson::CAPACITY: return "it is too long";
    case simdjson::MEMALLOC: return "there is no memory for it";
    default: return "its structure is broken";
  }
}

}  // namespace

JsonReader::JsonReader() = default;
JsonReader::~JsonReader() = default;

std::unique_ptr<JsonReader::Parsed> JsonReader::take() {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) return std::unique_ptr<Parsed>(new Parsed{*this, simdjson::dom::parser(kTextBytesMax), {}, 0});
  std::unique_ptr<Parsed> parsed = std::move(spare_.back());
  spare_.pop_back();
  return parsed;
}

void JsonReader::giveBack(std::unique_ptr<Parsed> parsed) {
  parsed->nodes.clear();
  if (parsed->text_bytes > kSpareBytesMax) return;  // its buffers are as large as its largest text
  const std::lock_guard lock(mutex_);
  if (spare_.size() < kSpareMax) spare_.push_back(std::move(parsed));
}

kavro_status JsonReader::parse(kavro_text text, kavro_json_document& document, const char*& why) {
  std::unique_ptr<Parsed> parsed = take();
  parsed->text_bytes = std::max(parsed->text_bytes, text.size);
  element root;
  auto error = simdjson::SUCCESS;
  if (text.size > kTextBytesMax) {
    error = simdjson::CAPACITY;
  } else {
    if (parsed->parser.capacity() < text.size || parsed->parser.max_depth() != kDepthMax) {
      error = parsed->parser.allocate(std::max<std::size_t>(text.size, 1024), kDepthMax);
    }
    // A text of no bytes may have no address, and simdjson copies from what it is given.
    if (!error) error = parsed->parser.parse(text.data ? text.data : "", text.size, true).get(root);
  }
  if (!error && !Flattener(parsed->nodes).add(root)) {
    why = "a name occurs twice in an object";
    giveBack(std::move(parsed));
    return KAVRO_INVALID;
  }
  if (error) {
    why = describe(error);
    giveBack(std::move(parsed));
    return KAVRO_INVALID;
  }
  document.nodes = parsed->nodes.data();
  document.node_count = parsed->nodes.size();
  document.owner = parsed.release();
  return KAVRO_OK;
}

void JsonReader::release(kavro_json_document& document) {
  if (!document.owner) return;
  std::unique_ptr<Parsed> parsed(static_cast<Parsed*>(document.owner));
  document.owner = nullptr;
  JsonReader& reader = parsed->reader;
  reader.giveBack(std::move(parsed));
}

}  // namespace kavro::host
