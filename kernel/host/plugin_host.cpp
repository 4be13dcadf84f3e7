#include "kernel/host/plugin_host.hpp"

#include <kavro/text.hpp>

namespace kavro::host {

PluginHost::PluginHost(Facilities& facilities, Identity identity, EventBus& events, ServiceDirectory& services)
    : facilities_(facilities), identity_(std::move(identity)), events_(events), services_(services) {
  abi_.size = sizeof abi_;
  abi_.kernel = this;
  abi_.find_interface = [](const kavro_host*, const char* id) { return findInterface(id); };
  abi_.fail = [](const kavro_host* host, kavro_text why) { of(host).fail(fromAbi(why)); };
}

void PluginHost::fail(std::string_view why) {
  if (!composing_ && !importing_) return facilities_.log.error(identity_.name, why);
  const std::lock_guard lock(mutex_);
  failure_ = why;
}

std::string PluginHost::takeFailure() {
  std::string failure = takeReason();
  return failure.empty() ? "it gave no reason" : failure;
}

std::string PluginHost::takeReason() {
  const std::lock_guard lock(mutex_);
  std::string reason = std::move(failure_);
  failure_.clear();
  return reason;
}

WorkPool& PluginHost::addPool(WorkPool::Options options) {
  pools_.push_back(std::make_unique<WorkPool>(std::move(options)));
  return *pools_.back();
}

void PluginHost::stopPools() {
  for (const auto& pool : pools_) pool->stop();
}

}  // namespace kavro::host
