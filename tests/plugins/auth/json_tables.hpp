// The server's own kavro.json/1 for unit tests, without the rest of a kernel.
#pragma once

#include <kavro/request.hpp>

#include "kernel/host/json_reader.hpp"

namespace kavro::auth {

class JsonTables {
 public:
  JsonTables() { host_.kernel = &reader_; }
  JsonTables(const JsonTables&) = delete;
  JsonTables& operator=(const JsonTables&) = delete;

  // Only host and json are there. Lives as long as this object.
  const Request::Tables& tables() const { return tables_; }

 private:
  host::JsonReader reader_;
  kavro_host host_{sizeof(kavro_host), nullptr, nullptr, nullptr};
  kavro_json_v1 json_{sizeof(kavro_json_v1),
                      [](const kavro_host* host, kavro_text text, kavro_json_document* document, const char** why) {
                        return static_cast<host::JsonReader*>(host->kernel)->parse(text, *document, *why);
                      },
                      [](kavro_json_document* document) { host::JsonReader::release(*document); }};
  Request::Tables tables_{&host_, nullptr, &json_};
};

}  // namespace kavro::auth
