#include "kernel/registry/server_settings.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "kernel/config/file_content.hpp"
#include "kernel/config/settings_reader.hpp"
#include "kernel/database/database.hpp"
#include "kernel/registry/tls_ciphers.hpp"

namespace kavro::registry {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kDefaultDatabase = "var/kavro.db";

class ServerSettings {
 public:
  ServerSettings(Composition& composition, config::Problems& problems)
      : composition_(composition), problems_(problems) {}

  void apply() {
    home();
    control();
    mounts();
    listen();
    ciphers();
    trustedProxies();
    database();
  }

 private:
  void report(std::string_view section, std::string_view key, const std::string& why,
              config::Severity severity = config::Severity::kError) {
    std::string where(composition_.section(section).origin(key));
    if (where.empty() || where == "default") where = composition_.file;
    problems_.push_back({where, "[" + std::string(section) + "] " + std::string(key) + ": " + why, severity});
  }

  // A setting that was refused has no value, and its problem is there already.
  std::optional<std::string_view> text(std::string_view section, std::string_view key) const {
    return composition_.section(section).text(key);
  }

  void home() {
    struct stat status {};
    if (::stat(composition_.home.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
      report("server", "home", composition_.home.string() + ": there is no such folder");
    }
  }

  void mounts() {
    auto written = text("server", "mounts");
    if (!written) return;
    auto read = config::readMounts(*written);
    if (auto* why = std::get_if<std::string>(&read)) return report("server", "mounts", *why);
    composition_.mounts = std::move(std::get<std::vector<std::string>>(read));
  }

  void listen() {
    readAddresses("http");
    readAddresses("admin");
    checkAdmin();
    const auto secure = std::find_if(composition_.listen.begin(), composition_.listen.end(),
                                     [](const config::ListenAddress& address) { return address.tls; });
    if (secure == composition_.listen.end()) return;
    const bool certificate = isTlsFileSet("certificate", *secure), key = isTlsFileSet("private_key", *secure);
    if (!certificate || !key) return;  // both were looked at, so that both are reported
    for (const TlsFlaw& flaw : readTlsFiles(tlsFilesOf(composition_)).flaws) {
      report(flaw.section(), flaw.key, flaw.why, flaw.severity);
    }
  }

  // [http] first: its addresses are known when those of [admin] are read.
  void readAddresses(std::string_view section) {
    const auto written = text(section, "listen");
    if (!written) return;
    auto read = config::readListenAddresses(*written);
    if (auto* why = std::get_if<std::string>(&read)) return report(section, "listen", *why);
    for (config::ListenAddress& address : std::get<std::vector<config::ListenAddress>>(read)) {
      address.admin = section == "admin";
      const auto other = std::find_if(composition_.listen.begin(), composition_.listen.end(), [&](const auto& one) {
        return one.admin != address.admin && one.port != 0 && one.port == address.port && one.host == address.host;
      });
      if (other != composition_.listen.end()) {
        report(section, "listen", config::inQuotes(address.text) + ": [http] listen has this address; choose another port");
        continue;
      }
      composition_.listen.push_back(std::move(address));
    }
  }

  void checkAdmin() {
    const bool has_authority = text("admin", "client_ca").has_value();
    if (!has_authority && text("admin", "client_crl")) {
      report("admin", "client_crl", "says what is revoked, and there is no client_ca whose certificates it could be about");
    }
    if (has_authority && !composition_.hasAdminAddress()) {
      report("admin", "client_ca", "has no effect, since [admin] listen has no address", config::Severity::kWarning);
    }
    for (const config::ListenAddress& address : composition_.listen) {
      if (!address.admin) continue;
      if (!address.tls && has_authority) {
        report("admin", "listen", config::inQuotes(address.text) + ": nobody can show a certificate there; write https://, or leave " +
                                      "client_ca away");
      } else if (!address.tls && !address.isLoopback()) {
        report("admin", "listen", config::inQuotes(address.text) +
                                      ": others than this machine reach it, and it is not encrypted; write https://, or http://127.0.0.1:" +
                                      std::to_string(address.port));
      } else if (address.tls && !has_authority && !address.isLoopback()) {
        report("admin", "listen", config::inQuotes(address.text) +
                                      ": everybody who reaches it is served; set client_ca, so that a certificate is asked for",
               config::Severity::kWarning);
      }
    }
  }

  void ciphers() {
    auto written = text("tls", "ciphers");
    if (!written) return;
    if (std::string why = whyNoCiphers(std::string(*written)); !why.empty()) report("tls", "ciphers", why);
  }

  void trustedProxies() {
    std::vector<http::AddressPrefix> prefixes;
    std::istringstream words{std::string(text("http", "trusted_proxies").value_or(""))};
    for (std::string word; words >> word;) {
      const auto read = http::AddressPrefix::read(word);
      if (const auto* why = std::get_if<std::string>(&read)) {
        report("http", "trusted_proxies", config::inQuotes(word) + ": " + *why);
        continue;
      }
      prefixes.push_back(std::get<http::AddressPrefix>(read));
      if (prefixes.back().isEverything()) {
        report("http", "trusted_proxies", word + " is everybody: any client can pretend to be any other",
               config::Severity::kWarning);
      }
    }
    if (prefixes.size() > http::TrustedProxies::kPrefixesMax) {
      report("http", "trusted_proxies",
             "has more than " + std::to_string(http::TrustedProxies::kPrefixesMax) + " addresses and prefixes");
    }
    composition_.trusted_proxies = http::TrustedProxies(std::move(prefixes));
  }

  bool isTlsFileSet(std::string_view key, const config::ListenAddress& address) {
    if (text("tls", key)) return true;
    if (!composition_.section("tls").wasRefused(key)) {
      report("tls", key,
             std::string("is not set, and [") + (address.admin ? "admin" : "http") + "] listen has " + address.text +
                 "; set it to a PEM file, or listen on http:// only");
    }
    return false;
  }

  // Its address is limited by the system (unix(7)), where the path ends with a zero byte.
  void control() {
    auto path = text("server", "control");
    if (!path || path->size() < sizeof(sockaddr_un::sun_path)) return;
    report("server", "control",
           "has " + std::to_string(path->size()) + " bytes as an absolute path; a socket's path has at most " +
               std::to_string(sizeof(sockaddr_un::sun_path) - 1) + ": choose a shorter one");
  }

  void database() {
    auto url = text("database", "url");
    if (!url) return;
    // The URL is not repeated: it may have a password in it.
    const std::string written(*url);
    if (const std::string why = database::whyNoUrl(written); !why.empty()) return report("database", "url", why);
    if (!url->starts_with(kSqlite)) {
      composition_.database_url = written;
      return;
    }
    std::string_view path = url->substr(kSqlite.size());
    if (path.empty() || path.starts_with(':') || path.starts_with("//")) {
      return report("database", "url", "expected sqlite: and the path of a file, such as sqlite:var/kavro.db");
    }
    const std::string file = config::absolutePath(composition_.home, path);
    composition_.database_url = std::string(kSqlite) + file;
    // The folder of the default is made by who sets the server up; one that was written is written wrong.
    const std::string folder = file.substr(0, std::max<std::size_t>(file.rfind('/'), 1));
    struct stat status {};
    const bool there = ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (there || file == config::absolutePath(composition_.home, kDefaultDatabase)) return;
    report("database", "url", folder + ": there is no such folder; make it, or name another file",
           config::Severity::kWarning);
  }

  Composition& composition_;
  config::Problems& problems_;
};

}  // namespace

TlsFiles tlsFilesOf(const Composition& composition) {
  const auto path = [&](std::string_view section, std::string_view key) {
    return std::string(composition.section(section).text(key).value_or(""));
  };
  const bool asks_clients = composition.hasAdminAddress();
  return {path("tls", "certificate"), path("tls", "private_key"), path("tls", "certificate_folder"),
          asks_clients ? path("admin", "client_ca") : "", asks_clients ? path("admin", "client_crl") : ""};
}

void applyServerSettings(Composition& composition, config::Problems& problems) {
  ServerSettings(composition, problems).apply();
}

}  // namespace kavro::registry
