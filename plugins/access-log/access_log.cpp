// Looks at every answer when it is on its way, and writes it down.
#include <optional>
#include <stdexcept>
#include <string>

#include <kavro/line_writer.hpp>
#include <kavro/plugin.hpp>
#include <kavro/utc_time.hpp>

#include "line.hpp"

namespace kavro::access_log {
namespace {

LineWriter::Options readOptions(const Settings& settings) {
  LineWriter::Options options;
  options.queue_max = static_cast<size_t>(settings.integer("queue_max"));
  options.flush_interval = settings.duration("flush_interval");
  return options;
}

// Nothing: standard output.
std::optional<std::string> readPath(const Settings& settings) {
  if (settings.string("target") == "stdout") return std::nullopt;
  auto path = settings.findString("path");
  if (!path || path->empty()) {
    throw std::invalid_argument("target = file needs a path: set [access-log] path = FILE, or target = stdout");
  }
  return path;
}

}  // namespace

class AccessLog : public Plugin {
 public:
  explicit AccessLog(Host& host)
      : host_(host),
        path_(readPath(host.settings())),
        status_min_(static_cast<int>(host.settings().integer("status_min"))),
        writer_(readOptions(host.settings()), lineOfLoss,
                [&host](const std::string& what) { host.log().error(what); }) {
    host.observe([this](const Request& request, const ResponseView& response) { observe(request, response); });
    host.metrics().readCounter("lines", "Lines that were written", [this] { return writer_.counts().written; });
    host.metrics().readCounter("lines_lost", "Lines that were dropped", [this] { return writer_.counts().lost; });
    host.metrics().readGauge("queue", "Lines that wait to be written", [this] { return writer_.counts().waiting; });
  }

  void start() override {
    LineTarget target = path_ ? LineTarget::file(*path_) : LineTarget::standardOutput();
    if (target.isOpenToOthers()) {
      host_.log().warning(target.name() + " can be read by others than its owner; do: chmod 600 " + target.name());
    }
    writer_.start(std::move(target));
  }

  void stop() override { writer_.stop(); }

 private:
  void observe(const Request& request, const ResponseView& response) {
    if (response.status() < status_min_) return;
    thread_local std::string line;  // keeps its memory: a reactor formats without allocating
    line.clear();
    appendLine(line, request.abi(), *request.tables().http->response(request.exchange()), utcNowUs());
    writer_.append(line);
  }

  Host& host_;
  const std::optional<std::string> path_;
  const int status_min_;
  LineWriter writer_;
};

}  // namespace kavro::access_log

KAVRO_PLUGIN(kavro::access_log::AccessLog)
