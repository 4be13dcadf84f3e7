// A server that is not there: enough of the C boundary for parts that look for kavro.cipher/1 and write to the log.
// Everything else fails the test by crashing, which is what it deserves.
#pragma once

#include <kavro/abi/services/cipher.h>
#include <kavro/host.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kavro::testing {

class FakeHost {
 public:
  // Seals "text" as KEY + ":" + "text", and opens only that. Without a key there is no cipher.
  explicit FakeHost(std::optional<std::string> key = std::nullopt) : key_(std::move(key)) {
    abi_.size = sizeof abi_;
    abi_.kernel = this;
    abi_.find_interface = findInterface;
    log_.size = sizeof log_;
    log_.write = [](const kavro_host* host, int32_t, kavro_text message) {
      static_cast<FakeHost*>(host->kernel)->lines_.emplace_back(fromAbi(message));
    };
    services_.size = sizeof services_;
    services_.find = [](const kavro_host* host, const char* id) -> const void* {
      FakeHost& self = *static_cast<FakeHost*>(host->kernel);
      return self.key_ && std::string_view(id) == KAVRO_CIPHER ? &self.cipher_ : nullptr;
    };
    cipher_.size = sizeof cipher_;
    cipher_.self = this;
    cipher_.encrypt = [](void* self, kavro_text plain, kavro_cipher_fn done, void* user) -> kavro_status {
      done(user, toAbi(*static_cast<FakeHost*>(self)->key_ + ":" + std::string(fromAbi(plain))));
      return KAVRO_OK;
    };
    cipher_.decrypt = [](void* self, kavro_text token, kavro_cipher_fn done, void* user) -> kavro_status {
      const std::string mark = *static_cast<FakeHost*>(self)->key_ + ":";
      if (!fromAbi(token).starts_with(mark)) return KAVRO_NOT_FOUND;
      done(user, toAbi(fromAbi(token).substr(mark.size())));
      return KAVRO_OK;
    };
    settings_.size = sizeof settings_;
    database_.size = sizeof database_;
    events_.size = sizeof events_;
    http_.size = sizeof http_;
    json_.size = sizeof json_;
    host_.emplace(&abi_);
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // A reader of JSON, where one is needed.
  void useJson(const kavro_json_v1& table) { json_ = table; }

  const Host& host() const { return *host_; }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  static const void* findInterface(const kavro_host* host, const char* id) {
    const FakeHost& self = *static_cast<FakeHost*>(host->kernel);
    const std::string_view name = id;
    if (name == KAVRO_SETTINGS) return &self.settings_;
    if (name == KAVRO_LOG) return &self.log_;
    if (name == KAVRO_DATABASE) return &self.database_;
    if (name == KAVRO_EVENTS) return &self.events_;
    if (name == KAVRO_SERVICES) return &self.services_;
    if (name == KAVRO_HTTP) return &self.http_;
    if (name == KAVRO_JSON) return &self.json_;
    return nullptr;
  }

  std::optional<std::string> key_;
  std::vector<std::string> lines_;
  kavro_host abi_{};
  kavro_settings_v1 settings_{};
  kavro_log_v1 log_{};
  kavro_database_v1 database_{};
  kavro_events_v1 events_{};
  kavro_services_v1 services_{};
  kavro_http_v1 http_{};
  kavro_json_v1 json_{};
  kavro_cipher_v1 cipher_{};
  std::optional<Host> host_;
};

}  // namespace kavro::testing
