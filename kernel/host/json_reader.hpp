// "kavro.json/1": strict JSON through simdjson, flattened into the nodes of abi/json.h.
// Threads: any. A parsed document borrows a parser from here until it is released; parsers are reused.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <kavro/abi/json.h>

namespace kavro::host {

class JsonReader {
 public:
  static constexpr std::size_t kDepthMax = 64;
  static constexpr std::size_t kTextBytesMax = 16 * 1024 * 1024;

  JsonReader();
  ~JsonReader();

  // See kavro_json_v1. `why` is a literal.
  kavro_status parse(kavro_text text, kavro_json_document& document, const char*& why);
  static void release(kavro_json_document& document);

 private:
  struct Parsed;

  std::unique_ptr<Parsed> take();
  void giveBack(std::unique_ptr<Parsed> parsed);

  static constexpr std::size_t kSpareMax = 64;
  static constexpr std::size_t kSpareBytesMax = 256 * 1024;

  std::mutex mutex_;  // protects what follows
  std::vector<std::unique_ptr<Parsed>> spare_;
};

}  // namespace kavro::host
