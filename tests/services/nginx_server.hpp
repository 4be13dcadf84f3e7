// A private nginx from Debian's packages in front of Kavro's nodes, with the configuration that operators get:
// conf/nginx/kavro.conf, in which only the lines marked "here:" are filled in.
//
//   NginxServer nginx({node1.port(), node2.port()});
//   Client client(Endpoint{nginx.port(), true, nginx.certificate()});
//
// Its nodes speak plain HTTP on 127.0.0.1. It ends with the object, and with the thread that made it. Threads: one.
// Errors: std::runtime_error with nginx's log; without the package, with the remedy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/services/postgres_server.hpp"
#include "tests/services/process.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::testing {

class NginxServer {
 public:
  // Starts, and returns when it accepts connections. kPlain takes TLS out of the configuration.
  explicit NginxServer(std::vector<std::uint16_t> nodes, ServiceTransport transport = ServiceTransport::kTls);
  ~NginxServer();
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;

  std::uint16_t port() const { return port_; }
  bool isTls() const { return transport_ == ServiceTransport::kTls; }
  std::filesystem::path certificate() const { return folder_.path() / "kavro.crt"; }

  // Other nodes; returns when its new workers run and the old ones have answered what they had and ended.
  void reload(std::vector<std::uint16_t> nodes);
  void stop();
  void start();  // on the same port

  pid_t pid() const { return process_->pid(); }
  std::string log() const { return process_ ? process_->errors() : std::string(); }  // of the last start

 private:
  void writeConfiguration() const;
  std::string snippet() const;
  bool tryStart();

  std::vector<std::uint16_t> nodes_;
  const ServiceTransport transport_;
  TemporaryFolder folder_{"nginx"};
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace kavro::testing
