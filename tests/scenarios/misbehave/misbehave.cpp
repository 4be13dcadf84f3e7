// A plugin that does what plugins should not: the kernel has to go on.
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <kavro/plugin.hpp>

namespace {

using namespace kavro;

constexpr std::chrono::seconds kForTheTest{5};  // longer than any time-out that the tests set

class Misbehave : public Plugin {
 public:
  explicit Misbehave(Host& host) {
    const std::string mode = host.settings().string("mode");
    if (mode == "throw") throw std::runtime_error("I do not want to");
    if (mode == "abort") std::abort();
    if (mode == "exit") std::_Exit(3);
    if (mode == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
    if (mode == "filter") {
      host.filter(Phase::kAdmit, [](const Request& request) -> std::optional<Response> {
        if (request.path() == "/keys/1") throw std::runtime_error("thrown in a filter");
        return std::nullopt;
      });
    }
    host.get("/misbehave/throw", [](const Request&) -> Response { throw std::runtime_error("thrown in a handler"); });
    host.get("/misbehave/block", [](const Request&) {
      std::this_thread::sleep_for(kForTheTest);
      return Response::text("late");
    });
    host.get("/misbehave/reactor", [](const Request&) -> Task<Response> {
      std::this_thread::sleep_for(kForTheTest);
      co_return Response::text("late");
    });
  }
};

}  // namespace

KAVRO_PLUGIN(Misbehave)
