// Listens to every event and writes it down.
#include <stdexcept>

#include <kavro/line_writer.hpp>
#include <kavro/plugin.hpp>

#include "history_import.hpp"
#include "line.hpp"

namespace kavro::audit {
namespace {

LineWriter::Options readOptions(const Settings& settings) {
  LineWriter::Options options;
  options.queue_max = static_cast<size_t>(settings.integer("queue_max"));
  options.flush_interval = settings.duration("flush_interval");
  if (settings.string("sync") == "interval") options.sync_interval = settings.duration("sync_interval");
  return options;
}

// Nothing: standard output.
std::optional<std::string> readPath(const Settings& settings) {
  if (settings.string("target") == "stdout") return std::nullopt;
  auto path = settings.findString("path");
  if (!path || path->empty()) {
    throw std::invalid_argument("target = file needs a path: set [audit] path = FILE, or target = stdout");
  }
  return path;
}

}  // namespace

class Audit : public Plugin {
 public:
  explicit Audit(Host& host)
      : host_(host),
        path_(readPath(host.settings())),
        writer_(readOptions(host.settings()), lineOfLoss, [&host](const std::string& what) { host.log().error(what); }),
        import_(host) {
    host.listen([this](const kavro_event& event) { writer_.append(lineOf(event)); });
    host.metrics().readCounter("lines", "Lines that were written", [this] { return writer_.counts().written; });
    host.metrics().readCounter("lines_lost", "Lines that were dropped", [this] { return writer_.counts().lost; });
    host.metrics().readGauge("queue", "Lines that wait to be written", [this] { return writer_.counts().waiting; });
  }

  void start() override {
    LineTarget target = path_ ? LineTarget::file(*path_) : LineTarget::standardOutput();
    if (target.isOpenToOthers()) {
      host_.log().warning(target.name() + " can be read by others than its owner; do: chmod 600 " + target.name());
    }
    appendOwn("start");
    writer_.start(std::move(target));
  }

  void stop() override {
    appendOwn("stop");
    writer_.stop();
  }

 private:
  void appendOwn(std::string_view name) {
    kavro_event event{};
    event.size = sizeof event;
    event.name = toAbi(name);
    event.status = toAbi("success");
    writer_.append(lineOf(event));
  }

  Host& host_;
  const std::optional<std::string> path_;
  LineWriter writer_;
  HistoryImport import_;
};

}  // namespace kavro::audit

KAVRO_PLUGIN(kavro::audit::Audit)
