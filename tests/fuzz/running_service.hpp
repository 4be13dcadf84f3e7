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
  // plain HTTP on a free port. Never ends: a target keeps it for as long as the process lives.
  explicit RunningService(const std::string& sections);

  server::Service& service() { return *service_; }
  std::uint16_t port() const { return port_; }

 private:
  std::unique_ptr<host::Log> log_;
  std::unique_ptr<server::Service> service_;
  std::uint16_t port_ = 0;
};

}  // namespace kavro::fuzz
