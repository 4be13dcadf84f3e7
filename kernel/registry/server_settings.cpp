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
#include "kernel/registry/tls_files.hpp"

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
    auto written = text("http", "listen");
    if (!written) return;
    auto read = config::readListenAddresses(*written);
    if (auto* why = std::get_if<std::string>(&read)) return report("http", "listen", *why);
    composition_.listen = std::move(std::get<std::vector<config::ListenAddress>>(read));
    auto secure = std::find_if(composition_.listen.begin(), composition_.listen.end(),
                               [](const config::ListenAddress& address) { return address.tls; });
    if (secure == composition_.listen.end()) return;
    const bool both = isTlsFileSet("certificate", secure->text) & isTlsFileSet("private_key", secure->text);
    if (!both) return;
    for (const TlsFlaw& flaw :
         flawsOfTlsFiles({std::string(*text("tls", "certificate")), std::string(*text("tls", "private_key"))})) {
      report("tls", flaw.key, flaw.why, flaw.severity);
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

  bool isTlsFileSet(std::string_view key, const std::string& address) {
    if (text("tls", key)) return true;
    if (!composition_.section("tls").wasRefused(key)) {
      report("tls", key,
             "is not set, and [http] listen has " + address + "; set it to a PEM file, or listen on http:// only");
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

void applyServerSettings(Composition& composition, config::Problems& problems) {
  ServerSettings(composition, problems).apply();
}

}  // namespace kavro::registry
