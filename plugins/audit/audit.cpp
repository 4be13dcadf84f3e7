// Listens to every event and writes it down.
#include <sodium.h>

#include <memory>
#include <stdexcept>

#include <kavro/line_writer.hpp>
#include <kavro/plugin.hpp>

#include "commands.hpp"
#include "history_import.hpp"
#include "line.hpp"
#include "seal.hpp"

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

std::unique_ptr<SigningKey> readKey(const Settings& settings) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start: the system gives no random numbers");
  auto seed = settings.findString("signing_key");
  if (!seed) return nullptr;
  auto key = std::make_unique<SigningKey>(*seed);
  sodium_memzero(seed->data(), seed->size());
  return key;
}

// Null: the lines are written as they are.
std::unique_ptr<Seal> makeSeal(const Host& host, const std::optional<std::string>& path, const SigningKey* key) {
  const bool wanted = host.settings().boolean("seal");
  if (key && (!path || !wanted)) {
    throw std::invalid_argument("signing_key signs what seal = on seals in target = file; set both, or leave it out");
  }
  if (!path || !wanted) return nullptr;
  return std::make_unique<Seal>(Seal::Options{*path, key, host.settings().duration("sign_interval")},
                                [&host](const std::string& what) { host.log().error(what); });
}

}  // namespace

class Audit : public Plugin {
 public:
  explicit Audit(Host& host)
      : host_(host),
        path_(readPath(host.settings())),
        refuses_(host.settings().string("on_write_failure") == "refuse"),
        key_(readKey(host.settings())),
        seal_(makeSeal(host, path_, key_.get())),
        writer_(
            readOptions(host.settings()), lineOfLoss, [&host](const std::string& what) { host.log().error(what); },
            seal_.get()),
        import_(host) {
    if (refuses_) {
      host.filter(Phase::kAdmit, [this](const Request& request) { return admit(request); }, kBeforeOthers);
    }
    host.listen([this](const kavro_event& event) { writer_.append(lineOf(event)); });
    host.metrics().readCounter("lines", "Lines that were written", [this] { return writer_.counts().written; });
    host.metrics().readCounter("lines_lost", "Lines that were dropped", [this] { return writer_.counts().lost; });
    host.metrics().readGauge("queue", "Lines that wait to be written", [this] { return writer_.counts().waiting; });
  }

  static int runCommand(const Command& command) { return audit::runCommand(command); }

  void start() override {
    LineTarget target = path_ ? LineTarget::file(*path_) : LineTarget::standardOutput();
    if (target.isOpenToOthers()) {
      host_.log().warning(target.name() + " can be read by others than its owner; do: chmod 600 " + target.name());
    }
    if (key_) host_.log().information("signs with the key " + hexOf(key_->publicKey()));
    writer_.append(ownLine("start"));
    writer_.start(std::move(target));
  }

  void stop() override {
    writer_.append(ownLine("stop"));
    writer_.stop();
  }

  std::vector<ProbeItem> health() override {
    const bool good = !writer_.failing();
    return {{.what = "audit log",
             .good = good,
             .detail = good ? "is written" : "lines cannot be written, and wait",
             .remedy = "see the log for the reason",
             .required = refuses_}};
  }

 private:
  static constexpr int kBeforeOthers = -1000;

  // What cannot be written down is not done. A restart would not cure it, and /readyz says by itself what is missing.
  std::optional<Response> admit(const Request& request) const {
    if (!writer_.failing() || request.path() == "/livez" || request.path() == "/readyz") return std::nullopt;
    return Response::problem(503, "The server cannot keep its records at the moment. Try again later.")
        .field("Retry-After", "5");
  }

  Host& host_;
  const std::optional<std::string> path_;
  const bool refuses_;                     // requests, while lines cannot be written
  const std::unique_ptr<SigningKey> key_;  // null: no signatures
  const std::unique_ptr<Seal> seal_;       // null: no hashes either
  LineWriter writer_;
  HistoryImport import_;
};

}  // namespace kavro::audit

KAVRO_PLUGIN(kavro::audit::Audit)
