// A whole server in this process: kernel, database and plugins, from a configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kernel/server/service.hpp"

namespace kavro::fuzz {

class RunningService {
 public:
  // `sections` are those of the configuration beside [server], [http] and [database], which this class writes. Serves
  // plain HTTP on a free port. A target keeps one for as long as the process lives, as a static object: what it logs to
  // must be there when it ends.
  explicit RunningService(const std::string& sections);
  ~RunningService() { service_->stop(); }
  RunningService(const RunningService&) = delete;
  RunningService& operator=(const RunningService&) = delete;

  server::Service& service() { return *service_; }
  std::uint16_t port() const { return port_; }

 private:
  std::unique_ptr<host::Log> log_;
  std::unique_ptr<server::Service> service_;
  std::uint16_t port_ = 0;
};

}  // namespace kavro::fuzz
