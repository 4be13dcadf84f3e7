#include "kernel/registry/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <boost/dll/shared_library.hpp>

#include "kernel/http/file_descriptor.hpp"
#include "kernel/registry/elf_section.hpp"

namespace kavro::registry {

namespace {

using http::FileDescriptor;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error(path.string() + ": " + why);
}

FileDescriptor copyIntoMemory(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) fail(path, std::string("cannot be opened: ") + std::strerror(errno));
  FileDescriptor copy(::memfd_create(path.filename().c_str(), MFD_CLOEXEC));
  if (!copy.valid()) fail(path, std::string("no memory for a copy: ") + std::strerror(errno));
  while (true) {
    const ssize_t sent = ::sendfile(copy.get(), file.get(), nullptr, 1 << 20);
    if (sent == 0) return copy;
    if (sent < 0 && errno != EINTR) fail(path, std::string("cannot be read: ") + std::strerror(errno));
  }
}

}  // namespace

Library::Library(const std::filesystem::path& path, const Manifest& planned) {
  FileDescriptor copy = copyIntoMemory(path);
  const std::string name = "/proc/self/fd/" + std::to_string(copy.get());

  // The file may have been replaced since it was planned; what is loaded is what was checked.
  const auto manifest = readElfSection(name, KAVRO_MANIFEST_SECTION, kManifestBytesMax);
  if (!std::holds_alternative<SectionContent>(manifest) || std::get<SectionContent>(manifest).bytes != planned.json) {
    fail(path, "it was replaced while the server started; start again");
  }

  boost::dll::fs::error_code error;
  boost::dll::shared_library library;
  library.load(name, error, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (error || !library) fail(path, "cannot be loaded: " + error.message());
  if (!library.has(KAVRO_PLUGIN_SYMBOL)) {
    fail(path, "it has no symbol " KAVRO_PLUGIN_SYMBOL "; does it use KAVRO_PLUGIN and kavro_add_plugin()?");
  }
  entry_ = &library.get<const kavro_plugin_entry>(KAVRO_PLUGIN_SYMBOL);
  if (entry_->abi != KAVRO_ABI || !KAVRO_HAS(entry_, destroy) || !entry_->create || !entry_->destroy) {
    fail(path, "its entry does not fit ABI " + std::to_string(KAVRO_ABI) + "; rebuild it with this server's SDK");
  }
  // The library stays mapped when its handle is closed, and its name in use.
  if (!::dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE)) fail(path, "cannot be kept in memory");
  copy.release();
}

}  // namespace kavro::registry
