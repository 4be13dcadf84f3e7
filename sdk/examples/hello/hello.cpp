#include <kavro/plugin.hpp>

class Hello : public kavro::Plugin {
 public:
  explicit Hello(kavro::Host& host) : greeting_(host.settings().string("greeting")) {
    host.get("/hello/{name}", [this](const kavro::Request& request) {
      return kavro::Response::text(greeting_ + ", " + std::string(request.path("name")));
    });
  }

 private:
  std::string greeting_;
};

KAVRO_PLUGIN(Hello)
