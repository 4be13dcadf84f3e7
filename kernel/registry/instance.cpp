#include "kernel/registry/instance.hpp"

#include <stdexcept>

#include <kavro/abi/state.h>
#include <kavro/text.hpp>

namespace kavro::registry {

namespace {

host::PluginHost::Identity identityOf(const PlannedPlugin& plan) {
  host::PluginHost::Identity identity;
  identity.name = plan.instance;
  identity.settings = plan.settings;
  identity.provides = plan.manifest.provides;
  identity.uses = plan.manifest.requires_;
  identity.uses.insert(identity.uses.end(), plan.manifest.optional.begin(), plan.manifest.optional.end());
  return identity;
}

}  // namespace

template <class Call>
kavro_status Instance::guarded(Call call) noexcept {
  try {
    return call();
  } catch (const std::exception& error) {
    host_.fail(error.what());
  } catch (...) {
    host_.fail("it threw an exception that is no std::exception");
  }
  return KAVRO_ERROR;
}

Instance::Instance(const PlannedPlugin& plan, std::shared_ptr<const Library> library, host::Facilities& facilities,
                   std::shared_ptr<host::ServiceDirectory> services)
    : host_(facilities, identityOf(plan), services),
      library_(std::move(library)),
      calls_(std::make_shared<http::PluginCalls>(plan.instance, facilities.log, plan.policy)),
      timers_(facilities.workers) {
  host_.beginComposing();
  const kavro_status status = guarded([&] { return library_->entry().create(host_.abi(), &plugin_); });
  host_.endComposing();
  if (status != KAVRO_OK || !plugin_) {
    plugin_ = nullptr;
    host_.stopPools();
    throw std::runtime_error("plugin " + name() + " cannot be set up: " + host_.takeFailure());
  }
  for (const std::string& id : plan.manifest.provides) {
    const auto found = services->find(id);
    if (found == services->end()) {
      host_.stopPools();
      library_->entry().destroy(plugin_);
      throw std::runtime_error("plugin " + name() + " says it provides " + id + ", but did not");
    }
    provided_.emplace_back(id, found->second);
  }
  probe_ = static_cast<const kavro_probe_v1*>(findExtension(KAVRO_PROBE));
  for (const auto& timer : registrations().timers) timers_.every(timer.interval, timer.run, timer.user);
}

Instance::~Instance() {
  stop();
  library_->entry().destroy(plugin_);
}

void Instance::provideAgain(host::ServiceDirectory& services) const {
  for (const auto& [id, table] : provided_) services.emplace(id, table);
}

void Instance::start() {
  started_ = true;
  if (library_->entry().start) {
    host_.beginComposing();
    const kavro_status status = guarded([&] { return library_->entry().start(plugin_); });
    host_.endComposing();
    if (status != KAVRO_OK) throw std::runtime_error("plugin " + name() + " cannot start: " + host_.takeFailure());
  }
  timers_.start();
  host_.metrics().beginReading();
}

const void* Instance::findExtension(const char* id) const {
  const kavro_plugin_entry& entry = library_->entry();
  return KAVRO_HAS(&entry, find_extension) && entry.find_extension ? entry.find_extension(plugin_, id) : nullptr;
}

void Instance::restoreFrom(Instance& previous) {
  const auto* from = static_cast<const kavro_state_v1*>(previous.findExtension(KAVRO_STATE));
  const auto* to = static_cast<const kavro_state_v1*>(findExtension(KAVRO_STATE));
  if (!from || !to) return;
  std::string state;
  const auto append = [](void* user, kavro_text bytes) { static_cast<std::string*>(user)->append(fromAbi(bytes)); };
  kavro_status status = previous.guarded([&] { return from->save(previous.plugin_, append, &state); });
  if (status == KAVRO_OK && state.empty()) return;
  host_.beginComposing();
  if (status == KAVRO_OK) status = guarded([&] { return to->restore(plugin_, toAbi(state)); });
  host_.endComposing();
  if (status == KAVRO_OK) return;
  host_.facilities().log.warning(name(), "begins afresh, without what the instance before knew: " + host_.takeFailure());
}

std::vector<Instance::ProbeItem> Instance::ask(Ask question) {
  std::vector<ProbeItem> items;
  const kavro_status status = guarded([&] {
    return question(
        plugin_,
        [](void* user, const kavro_probe_item* item) {
          static_cast<std::vector<ProbeItem>*>(user)->push_back(
              {std::string(fromAbi(item->what)), item->good != 0, item->required != 0,
               std::string(fromAbi(item->detail)), std::string(fromAbi(item->remedy))});
        },
        &items);
  });
  if (status != KAVRO_OK) items.push_back({"its own probe", false, false, "it failed", "see the log"});
  return items;
}

std::vector<Instance::ProbeItem> Instance::probe() {
  if (!probe_ || !KAVRO_HAS(probe_, probe) || !probe_->probe) return {};
  return ask(probe_->probe);
}

std::vector<Instance::ProbeItem> Instance::health() {
  if (!probe_ || !KAVRO_HAS(probe_, health) || !probe_->health) return {};
  return ask(probe_->health);
}

void Instance::drain() {
  if (!started_ || !library_->entry().drain) return;
  guarded([&] {
    library_->entry().drain(plugin_);
    return KAVRO_OK;
  });
}

// Timers and its pools first: what was accepted is run while the plugin still works.
void Instance::stop() {
  host_.metrics().endReading();
  timers_.stop();
  host_.stopPools();
  if (started_ && library_->entry().stop) {
    guarded([&] {
      library_->entry().stop(plugin_);
      return KAVRO_OK;
    });
  }
  host_.metrics().endReading();
  started_ = false;
}

}  // namespace kavro::registry
