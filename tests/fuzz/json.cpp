// The JSON reader and the writer: what is read, is written and read again as the same; what the writer writes of any
// bytes is JSON. Input: a text.
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"

using kavro::fuzz::require;
using namespace kavro;

namespace {

// Spans and counts add up, and no node lies outside.
const kavro_json_node* checkNode(const kavro_json_node* node, const kavro_json_node* end, int depth) {
  require(node < end && depth <= 64, "nodes within the document");
  const kavro_json_node* next = node + 1;
  if (node->type == KAVRO_JSON_OBJECT || node->type == KAVRO_JSON_ARRAY) {
    for (std::uint64_t i = 0; i < node->count; ++i) {
      if (node->type == KAVRO_JSON_OBJECT) {
        require(next < end && next->type == KAVRO_JSON_STRING && next->span == 1, "a name in front of a value");
        const auto found = JsonValue(node).find(fromAbi(next->value.text));
        require(found && &found->node() == next + 1, "a member to be found, and to be there once");
        ++next;
      }
      next = checkNode(next, end, depth + 1);
    }
  }
  require(next == node + node->span, "a span that covers the value");
  return next;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::textOf(data, size);
  std::string written;
  JsonWriter(written).beginArray().string(text).beginObject().key(text).string(text).endObject().endArray();
  const fuzz::ParsedJson of_any(written);
  require(static_cast<bool>(of_any), "any bytes to be written as JSON", written);
  const fuzz::ParsedJson parsed(text);
  if (!parsed) {
    require(parsed.why() && *parsed.why(), "a reason");
    return 0;
  }
  const kavro_json_document& document = parsed.document();
  require(checkNode(document.nodes, document.nodes + document.node_count, 0) == document.nodes + document.node_count,
          "one value");
  const std::string compact = parsed.compact();
  const fuzz::ParsedJson again(compact);
  require(static_cast<bool>(again), "JSON to be written as JSON", compact);
  require(again.compact() == compact, "the same when it is read again", compact + "\n" + again.compact());
  require(again.document().node_count == document.node_count, "as many values");
  return 0;
}
