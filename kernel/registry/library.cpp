#include "kernel/registry/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <boost/dll/shared_library.hpp>

#include "kernel/http/file_descriptor.hpp"
#include "kernel/registry/elf_section.hpp"

namespace kavro::registry {

namespace {

using http::FileDescriptor;

constexpr const char* kReplaced = "it was replaced while it was being loaded; do that again";

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

// The same file, untouched since.
bool isSameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

bool haveSameBytes(int a, int b) {
  constexpr std::size_t kChunkBytes = 256 * 1024;
  const auto chunk_a = std::make_unique<char[]>(kChunkBytes), chunk_b = std::make_unique<char[]>(kChunkBytes);
  for (off_t at = 0;;) {
    const ssize_t read_a = ::pread(a, chunk_a.get(), kChunkBytes, at), read_b = ::pread(b, chunk_b.get(), kChunkBytes, at);
    if (read_a < 0 || read_a != read_b) return false;
    if (read_a == 0) return true;
    if (std::memcmp(chunk_a.get(), chunk_b.get(), static_cast<std::size_t>(read_a)) != 0) return false;
    at += read_a;
  }
}

}  // namespace

Library::Library(const std::filesystem::path& path, const Manifest& planned) : manifest_(planned.json) {
  if (::stat(path.c_str(), &file_) != 0) fail(path, std::string("cannot be opened: ") + std::strerror(errno));
  FileDescriptor copy = copyIntoMemory(path);
  const std::string name = "/proc/self/fd/" + std::to_string(copy.get());

  // The file may have been replaced since it was planned; what is loaded is what was checked.
  const auto manifest = readElfSection(name, KAVRO_MANIFEST_SECTION, kManifestBytesMax);
  if (!std::holds_alternative<SectionContent>(manifest) || std::get<SectionContent>(manifest).bytes != planned.json) {
    fail(path, kReplaced);
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
  copy_ = copy.release();
}

bool Library::isSameAs(const std::filesystem::path& path) const {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat now {};
  if (!file.valid() || ::fstat(file.get(), &now) != 0) return false;
  return isSameFile(now, file_) || (now.st_size == file_.st_size && haveSameBytes(file.get(), copy_));
}

std::shared_ptr<const Library> Libraries::load(const std::filesystem::path& path, const Manifest& planned) {
  const std::lock_guard lock(mutex_);
  for (const auto& library : libraries_) {
    if (!library->isSameAs(path)) continue;
    if (library->manifest() != planned.json) fail(path, kReplaced);
    return library;
  }
  libraries_.push_back(std::make_shared<const Library>(path, planned));
  return libraries_.back();
}

std::size_t Libraries::retired() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(libraries_.begin(), libraries_.end(), [](const auto& library) { return library.use_count() == 1; }));
}

std::size_t Libraries::retiredBytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& library : libraries_) {
    if (library.use_count() == 1) bytes += library->bytes();
  }
  return bytes;
}

}  // namespace kavro::registry
