// The plugin: hands the checked fields to the server, which puts them on every response, its own refusals included.
#include <kavro/plugin.hpp>

#include "header_list.hpp"

namespace kavro::headers {

class Headers : public Plugin {
 public:
  explicit Headers(Host& host) {
    const HeaderList list(host.settings());
    for (const auto& [name, value] : list.fields()) host.constantField(name, value);
  }
};

}  // namespace kavro::headers

KAVRO_PLUGIN(kavro::headers::Headers)
