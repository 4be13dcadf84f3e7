// Metadata of another service's messages, on its way into the database: what is stored in the clear is JSON, since it
// goes into answers as it is. Input: the text of the column.
#include "plugins/messaging/imported_metadata.hpp"

#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"
#include "tests/sdk/fake_host.hpp"

using kavro::fuzz::require;
using namespace kavro;

namespace {

void useJson(testing::FakeHost& host) {
  host.useJson({sizeof(kavro_json_v1),
                [](const kavro_host*, kavro_text text, kavro_json_document* document, const char** why) {
                  static host::JsonReader reader;
                  return reader.parse(text, *document, *why);
                },
                [](kavro_json_document* document) { host::JsonReader::release(*document); }});
}

void check(const testing::FakeHost& host, std::string_view text) {
  const FieldCipher cipher(host.host(), "metadata");
  const messaging::ImportedMetadata metadata(host.host(), cipher);
  const auto stored = metadata.take(text);
  if (!stored.metadata) return;
  std::string_view kept = stored.metadata->text;
  if (stored.metadata->encrypted && kept.starts_with("one:")) kept.remove_prefix(4);  // the fake cipher's mark
  if (stored.metadata->encrypted && kept == stored.metadata->text) return;            // a token that came as one
  require(fuzz::isJson(kept), "JSON to be stored", kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::textOf(data, size);
  testing::FakeHost with_cipher("one"), without;
  useJson(with_cipher);
  useJson(without);
  check(with_cipher, text);
  check(without, text);
  return 0;
}
