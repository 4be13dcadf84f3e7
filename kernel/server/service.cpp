#include "kernel/server/service.hpp"

#include <algorithm>
#include <thread>

#include <Poco/Net/SSLManager.h>

#include "kernel/registry/place.hpp"
#include "kernel/registry/server_settings.hpp"
#include "kernel/server/kernel_metrics.hpp"
#include "kernel/server/low_priority.hpp"
#include "kernel/server/options.hpp"
#include "kernel/server/trial.hpp"
#include "kernel/version.hpp"

namespace kavro::server {

namespace {

// How long plugins and database may take to stop when some of them are stuck.
constexpr std::chrono::seconds kLastWords{5};

using registry::Change;
using registry::Composition;
using registry::Fate;

void emit(const host::EventBus& events, std::string_view status, const std::vector<kavro_field>& fields) {
  kavro_event event{};
  event.size = sizeof event;
  event.name = toAbi("reload");
  event.status = toAbi(status);
  event.fields = fields.data();
  event.field_count = static_cast<std::uint32_t>(fields.size());
  events.emit(event);
}

// "https://[::1]:8443", with the port that a free one turned out to be.
std::string textOf(const http::ListeningAddress& address) {
  const std::string& host = address.target.host;
  return std::string(address.target.context ? "https://" : "http://") +
         (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(address.port);
}

void split(const config::Problems& problems, std::vector<std::string>& errors, std::vector<std::string>& warnings) {
  for (const config::Problem& problem : problems) {
    (problem.severity == config::Severity::kError ? errors : warnings).push_back(problem.text());
  }
}

}  // namespace

Service::Service(registry::CompositionSource source, Composition composition, host::Log& log,
                 std::function<void()> wake)
    : source_(std::move(source)),
      composition_(std::move(composition)),
      started_(composition_),
      log_(log),
      wake_(std::move(wake)),
      database_(database::Database::open(databaseOptions(composition_, log))),
      workers_(workerOptions(composition_)),
      facilities_(log_, *database_, workers_, parts_) {
  Poco::Net::initializeSSL();
  generation_ = std::make_unique<registry::Generation>(composition_, facilities_, libraries_, nullptr, wake_);
  site_.publish(generation_->site());  // before the server, which looks at it
  server_ = std::make_unique<http::Server>(serverOptions(composition_), site_, workers_, log_, &parts_.requests);
  addKernelMetrics(parts_.metrics, *this);
}

Service::~Service() = default;

void Service::start() {
  log_.configure(logLevel(composition_), logFormat(composition_), logLevels(composition_));
  publish(*generation_);
  generation_->migrate();
  generation_->start();
  try {
    listen(server_->prepare(listenTargets(composition_)));
  } catch (...) {
    generation_->stop();
    throw;
  }
  server_->start();
}

// The same context for as long as files and settings are the same, so that nothing changes for who connects.
std::vector<http::ListenTarget> Service::listenTargets(const Composition& composition) {
  std::vector<http::ListenTarget> targets;
  TlsContexts::Found contexts;
  for (const config::ListenAddress& address : composition.listen) {
    if (address.tls && !contexts.http) {
      contexts = tls_contexts_.find(registry::tlsFilesOf(composition), tlsOptions(composition));
    }
    http::ListenTarget target{address.host, address.port, {}, address.text, address.admin};
    if (address.tls) target.context = address.admin ? contexts.admin : contexts.http;
    targets.push_back(std::move(target));
  }
  return targets;
}

void Service::listen(http::PreparedListeners prepared) {
  using What = http::ListenChange::What;
  const std::vector<http::ListenChange> changes = prepared.changes;
  server_->apply(std::move(prepared));
  addresses_.clear();
  admin_addresses_.clear();
  for (const http::ListeningAddress& address : server_->addresses()) {
    (address.target.admin ? admin_addresses_ : addresses_).push_back(textOf(address));
  }
  for (const http::ListenChange& change : changes) {
    const std::string which = change.admin ? " for [admin]" : "";
    if (change.what == What::kClosed) log_.information("http", "no longer listening on " + change.text + which);
    if (change.what != What::kOpened && change.what != What::kSwitched) continue;
    for (const http::ListeningAddress& address : server_->addresses()) {
      if (address.target.text != change.text || address.target.admin != change.admin) continue;
      log_.information("http", "listening on " + textOf(address) + which);
    }
  }
}

Change Service::changeTo(const Composition& next) const {
  return compare(composition_, next, [this](const registry::PlannedPlugin& plugin) {
    const registry::Instance* instance = generation_->find(plugin.instance);
    return instance && instance->library().isSameAs(plugin.library);
  });
}

Service::ReloadResult Service::reload() {
  const auto begin = Clock::now();
  if (told_) told_(true);
  ReloadResult result;
  registry::CompositionResult composed;
  try {
    atLowPriority([&] { composed = registry::compose(source_); });
    split(composed.problems, result.problems, result.warnings);
  } catch (const std::exception& error) {
    composed.composition.reset();
    result.problems.push_back(std::string("the configuration cannot be read: ") + error.what());
  }
  if (composed.composition) {
    result.change = changeTo(*composed.composition);
    try {
      swapIn(*composed.composition, result);
      result.done = true;
    } catch (const std::exception& error) {
      result.problems.push_back(registry::withPlace(*composed.composition, error.what()));
    }
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  note(result);
  if (told_) told_(false);
  return result;
}

// Everything that can fail comes first, beside what runs; then everything is put in place.
void Service::swapIn(const Composition& next, ReloadResult& result) {
  const std::chrono::milliseconds patience(next.section("server").getInteger("probe_timeout"));
  if (result.change.creates()) {
    if (const TrialResult trial = tryOut(source_, TrialKind::kCreate, patience); !trial.why.empty()) {
      throw std::runtime_error(trial.why);
    }
  }
  std::vector<http::ListenTarget> targets = listenTargets(next);
  const registry::Generation::Previous previous{*generation_, result.change};
  auto generation = std::make_unique<registry::Generation>(next, facilities_, libraries_, &previous, wake_);
  http::PreparedListeners listeners = server_->prepare(std::move(targets));
  generation->migrate();
  generation->start();
  generation->restoreStates(*generation_);

  composition_ = next;
  log_.configure(logLevel(composition_), logFormat(composition_), logLevels(composition_));
  server_->setOptions(serverOptions(composition_));
  for (const registry::PlannedPlugin& plan : composition_.plugins) {
    if (const registry::Instance* instance = generation->find(plan.instance)) instance->calls()->setPolicy(plan.policy);
  }
  publish(*generation);
  listen(std::move(listeners));

  generation_->retire(*generation);
  const std::chrono::milliseconds drain(composition_.section("server").getInteger("drain_timeout"));
  retiring_.push_back({std::move(generation_), number_, Clock::now() + drain});
  generation_ = std::move(generation);
  shown_number_.store(++number_, std::memory_order_relaxed);
  tick();
}

std::vector<std::shared_ptr<http::PluginCalls>> Service::pluginCalls() const {
  const std::lock_guard lock(calls_mutex_);
  return calls_;
}

void Service::publish(registry::Generation& next) {
  std::vector<std::shared_ptr<http::PluginCalls>> calls;
  for (const auto& instance : next.instances()) calls.push_back(instance->calls());
  {
    const std::lock_guard lock(calls_mutex_);
    calls_.swap(calls);
  }
  site_.publish(next.site());
  parts_.events.publish(next.listeners());
}

void Service::note(const ReloadResult& result) {
  (result.done ? reloads_.done : reloads_.refused).fetch_add(1, std::memory_order_relaxed);
  reloads_.last_at = std::chrono::system_clock::now();
  reloads_.last = result.text();
  log_.write("kernel", result.done ? host::Log::Level::kInformation : host::Log::Level::kError, result.text());
  for (const std::string& problem : result.problems) log_.error("kernel", problem);
  for (const std::string& warning : result.warnings) log_.warning("kernel", warning);
  const std::string number = std::to_string(number_);
  emit(parts_.events, result.done ? "success" : "failure", {{toAbi("generation"), toAbi(number)}});
}

std::string Service::ReloadResult::text() const {
  if (!done) return "the reload was refused, and what ran goes on unchanged";
  if (change.isNothing()) return "reloaded: nothing had changed";
  std::string text = "reloaded:";
  const auto add = [&](const std::string& what) { text += (text.ends_with(':') ? " " : ", ") + what; };
  std::size_t kept = 0;
  for (const registry::PluginChange& plugin : change.plugins) {
    kept += plugin.fate == Fate::kKept ? 1 : 0;
    if (plugin.fate == Fate::kKept) continue;
    add(plugin.instance + " " + std::string(nameOf(plugin.fate)) + (plugin.why.empty() ? "" : " (" + plugin.why + ")"));
  }
  add(std::to_string(kept) + " plugins kept");
  for (const registry::SettingChange& setting : change.settings) {
    add("[" + setting.section + "] " + setting.key + (setting.live ? "" : " (at the next start)"));
  }
  for (const std::string& address : change.opened) add("opened " + address);
  for (const std::string& address : change.closed) add("closed " + address);
  return text;
}

Service::Plan Service::plan(const std::string& file) {
  Plan plan;
  registry::CompositionSource source = source_;
  source.file = file;
  registry::CompositionResult composed;
  atLowPriority([&] { composed = registry::compose(source); });
  split(composed.problems, plan.problems, plan.warnings);
  if (!composed.composition) return plan;
  plan.change = changeTo(*composed.composition);
  const std::chrono::milliseconds patience(composed.composition->section("server").getInteger("probe_timeout"));
  const TrialResult trial = tryOut(source, TrialKind::kCreate, patience);
  if (!trial.why.empty()) {
    plan.problems.push_back(registry::withPlace(*composed.composition, trial.why));
    return plan;
  }
  plan.outline = registry::compare(registry::Outline::of(*generation_), trial.outline);
  return plan;
}

std::vector<registry::SettingChange> Service::pendingSettings() const {
  return registry::pendingSettings(started_, composition_);
}

void Service::tick() {
  const auto now = Clock::now();
  for (auto retired = retiring_.begin(); retired != retiring_.end();) {
    if (retired->generation->unused()) {
      retired = retiring_.erase(retired);
      continue;
    }
    if (!retired->told && now >= retired->deadline) {
      retired->told = true;
      log_.warning("kernel", "generation " + std::to_string(retired->number) +
                                 " still has requests after drain_timeout; these plugins of it are kept until they end: " +
                                 config::listed(retired->generation->leaving()));
    }
    ++retired;
  }
  shown_retiring_.store(retiring_.size(), std::memory_order_relaxed);
  tls_contexts_.tick();
  askDatabase();
}

// A database that is away is found to be back by somebody who asks; without requests that is us.
void Service::askDatabase() {
  if (database_->isAvailable() || asking_database_.exchange(true)) return;
  database_->write([](void*, kavro_session*) -> kavro_status { return KAVRO_OK; },
                   [](void* user, kavro_status) { static_cast<Service*>(user)->asking_database_ = false; }, this);
}

bool Service::healthy() const { return server_->healthy(); }

std::size_t Service::stop() {
  parts_.draining = true;
  server_->beginDrain(std::chrono::milliseconds(composition_.section("server").getInteger("drain_timeout")));
  generation_->drain();
  const std::size_t unanswered = server_->finishDrain() + workers_.stuck();
  if (unanswered > 0) {
    // What still can is written down: the audit log, the database. A plugin that is stuck must not keep us from leaving.
    std::thread last([this] {
      generation_->stop();
      database_->stop();
      last_words_done_ = true;
    });
    last.detach();
    const auto give_up = Clock::now() + kLastWords;
    while (!last_words_done_ && Clock::now() < give_up) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return unanswered;
  }
  workers_.stop();
  retiring_.clear();  // every request has its answer
  generation_->stop();
  database_->stop();
  return 0;
}

}  // namespace kavro::server
