#include "tests/services/nginx_server.hpp"

#include <signal.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tests/services/certificate.hpp"
#include "tests/services/service_process.hpp"

namespace kavro::testing {
namespace {

constexpr int kStartTries = 5;
constexpr const char* kSnippet = KAVRO_TEST_SOURCE "/conf/nginx/kavro.conf";
constexpr const char* kReady = "start worker processes";
constexpr const char* kOldWorkerEnded = "exited with code";

// What the operator fills in; the snippet must have it, or the test no longer tests what is delivered.
void replace(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error(std::string(kSnippet) + " has no \"" + from + "\" any more");
  text.replace(at, from.size(), to);
}

}  // namespace

NginxServer::NginxServer(std::vector<std::uint16_t> nodes, ServiceTransport transport)
    : nodes_(std::move(nodes)), transport_(transport) {
  const Certificate& made = certificateForTests();
  giveToServiceUser(folder_.path());
  writeServiceFile(certificate(), made.certificate);
  writeServiceFile(folder_.path() / "kavro.key", made.private_key);
  for (int i = 0; i < kStartTries; ++i) {
    port_ = findFreePort();
    if (tryStart()) return;
  }
  throw std::runtime_error("nginx has not found a free port in " + std::to_string(kStartTries) + " tries");
}

NginxServer::~NginxServer() {
  if (process_) stop();
}

std::string NginxServer::snippet() const {
  std::ifstream in(kSnippet);
  std::ostringstream content;
  content << in.rdbuf();
  std::string text = content.str();
  std::string servers;
  const std::string each = "max_fails=1 fail_timeout=5s;";
  for (const std::uint16_t node : nodes_) servers += "server 127.0.0.1:" + std::to_string(node) + " " + each + "\n    ";
  replace(text, "server kavro:8080 " + each, servers);
  const std::string listen = "listen 127.0.0.1:" + std::to_string(port_);
  replace(text, "listen 443 ssl;", listen + (isTls() ? " ssl;" : ";"));
  replace(text, "server_name kavro.example;", "server_name localhost;");
  replace(text, "/etc/nginx/tls/kavro.crt", certificate());
  replace(text, "/etc/nginx/tls/kavro.key", folder_.path() / "kavro.key");
  return text;
}

void NginxServer::writeConfiguration() const {
  const std::string folder = folder_.path();
  writeServiceFile(folder_.path() / "kavro.conf", snippet());
  std::string temporary;
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += std::string("  ") + kind + "_temp_path " + folder + "/" + kind + ";\n";
  }
  writeServiceFile(folder_.path() / "nginx.conf", "daemon off;\nworker_processes 1;\npid " + folder +
                                                      "/nginx.pid;\nerror_log stderr notice;\n"
                                                      "events { worker_connections 1024; }\nhttp {\n"
                                                      "  access_log off;\n" +
                                                      temporary + "  include " + folder + "/kavro.conf;\n}\n");
}

bool NginxServer::tryStart() {
  writeConfiguration();
  process_ = startService({"nginx",
                           {findProgram("nginx", {"/usr/sbin", "/usr/bin", "/usr/local/sbin"}), "-p", folder_.path(),
                            "-e", "stderr", "-c", folder_.path() / "nginx.conf"},
                           SIGTERM,
                           folder_.path(),
                           kReady});
  return process_ != nullptr;
}

void NginxServer::start() {
  if (!tryStart()) throw std::runtime_error("nginx's port was taken while it was stopped");
}

void NginxServer::reload(std::vector<std::uint16_t> nodes) {
  nodes_ = std::move(nodes);
  writeConfiguration();
  const size_t starts = process_->countOf(kReady), ends = process_->countOf(kOldWorkerEnded);
  process_->signal(SIGHUP);
  if (!process_->waitForCount(kReady, starts + 1) || !process_->waitForCount(kOldWorkerEnded, ends + 1)) {
    throw std::runtime_error("nginx has not reloaded:\n" + log());
  }
}

void NginxServer::stop() { endService(*process_, SIGTERM); }

}  // namespace kavro::testing
