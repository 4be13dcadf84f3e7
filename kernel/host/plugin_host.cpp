#include "kernel/host/plugin_host.hpp"

#include <kavro/text.hpp>

#include "kernel/host/call_context.hpp"

namespace kavro::host {

namespace {

// A job with the request that it was submitted for.
struct Job {
  PluginHost* host;
  void (*run)(void*);
  void* user;
  std::string request_id;
};

}  // namespace

PluginHost::PluginHost(Facilities& facilities, Identity identity, std::shared_ptr<ServiceDirectory> services)
    : facilities_(facilities),
      identity_(std::move(identity)),
      services_(std::move(services)),
      log_(facilities.log.channel(identity_.name)),
      metrics_(facilities.metrics, identity_.name) {
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

bool PluginHost::submit(WorkPool& pool, void (*run)(void*), void* user) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    ++jobs_;
  }
  auto job = std::make_unique<Job>(Job{this, run, user, std::string(CallContext::requestId())});
  const bool accepted = pool.submit(
      [](void* submitted) {
        const std::unique_ptr<Job> own(static_cast<Job*>(submitted));
        {
          const CallContext context(own->request_id);
          own->run(own->user);
        }
        own->host->jobDone();
      },
      job.get());
  if (accepted) {
    job.release();
  } else {
    jobDone();
  }
  return accepted;
}

void PluginHost::jobDone() {
  const std::lock_guard lock(mutex_);
  if (--jobs_ == 0) jobs_done_.notify_all();
}

void PluginHost::stopPools() {
  for (const auto& pool : pools_) pool->stop();
  std::unique_lock lock(mutex_);
  stopping_ = true;
  jobs_done_.wait(lock, [this] { return jobs_ == 0; });
}

}  // namespace kavro::host
