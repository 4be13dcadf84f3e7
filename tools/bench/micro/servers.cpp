#include "tools/bench/micro/servers.hpp"

#include <stdlib.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "kernel/server/options.hpp"
#include "plugins/vault/base64url.hpp"
#include "tools/bench/micro/requests.hpp"

namespace kavro::micro {

namespace {

registry::CompositionSource sourceOf(ComposedServer::Plugins plugins, const Folder& folder) {
  registry::CompositionSource source;
  const std::string folder_path = folder.path().string();
  source.plugin_path = KAVRO_MICRO_BUILD "/plugins";
  source.set = {"server.home=" + folder_path, "http.listen=http://127.0.0.1:0", "database.url=sqlite:kavro.db",
                "log.level=warning"};
  if (plugins == ComposedServer::Plugins::kBundled) {
    source.file = KAVRO_MICRO_SOURCE "/conf/kavro.ini";
    // Known to everybody, and good for nothing but this.
    folder.write("auth.secret", "0123456789abcdef0123456789abcdef");
    folder.write("vault.keys", vault::encodeBase64Url(someBytes(32)));
    for (const char* setting :
         {"auth.secret_file=auth.secret", "vault.keys_file=vault.keys", "audit.target=file", "audit.path=audit.log"}) {
      source.set.emplace_back(setting);
    }
    return source;
  }
  folder.write("kavro.ini", plugins == ComposedServer::Plugins::kNoOp ? "[plugins]\nnoop = on\n" : "[plugins]\n");
  source.file = folder_path + "/kavro.ini";
  source.plugin_path = KAVRO_MICRO_BUILD "/micro-plugins";
  return source;
}

registry::Composition composed(ComposedServer::Plugins plugins, const Folder& folder) {
  registry::CompositionResult result = registry::compose(sourceOf(plugins, folder));
  if (result.composition) return std::move(*result.composition);
  std::string why = "the server to measure cannot be composed:";
  for (const auto& problem : result.problems) why += "\n  " + problem.message;
  throw std::runtime_error(why);
}

}  // namespace

Folder::Folder() {
  std::string name = KAVRO_MICRO_BUILD "/micro-XXXXXX";
  if (!::mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;  // what is left is a folder below the build folder
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, std::string_view content) const {
  const auto file = path_ / name;
  std::ofstream(file) << content;
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

ComposedServer::ComposedServer(Plugins plugins)
    : log_(host::Log::Level::kWarning),
      composition_(composed(plugins, folder_)),
      database_(database::Database::open(server::databaseOptions(composition_, log_))),
      workers_(server::workerOptions(composition_)),
      facilities_(log_, *database_, workers_, parts_),
      generation_(std::make_unique<registry::Generation>(composition_, facilities_, libraries_)) {
  parts_.events.publish(generation_->listeners());
  options_.trusted_proxies = composition_.trusted_proxies;
  current_.publish(generation_->site());
  shared_.reset(new http::Reactor::Shared{options_, current_, workers_, log_});
  generation_->migrate();
  generation_->start();
}

ComposedServer::~ComposedServer() {
  generation_->drain();
  workers_.stop();
  generation_->stop();
  database_->stop();
}

const kavro_host* ComposedServer::hostOf(std::string_view plugin) const {
  for (host::PluginHost* host : generation_->hosts()) {
    if (host->identity().name == plugin) return host->abi();
  }
  throw std::runtime_error("found no plugin " + std::string(plugin) + " in conf/kavro.ini, expected it on");
}

}  // namespace kavro::micro
