// The section of a library's file that holds its manifest. What is read is a part of the file. Input: a shared library,
// or what is left of one.
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <variant>

#include "kernel/registry/elf_section.hpp"
#include "kernel/registry/manifest.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  require(file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size), "a file in memory");
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const auto content = registry::readElfSection(path, ".kavro.manifest", registry::kManifestBytesMax);
  ::close(file);
  if (const auto* why = std::get_if<std::string>(&content)) {
    require(!why->empty() && why->find('\n') == std::string::npos, "a reason", *why);
    return 0;
  }
  const std::string& bytes = std::get<registry::SectionContent>(content).bytes;
  require(!bytes.empty() && bytes.size() <= registry::kManifestBytesMax, "a section within its limit");
  require(fuzz::textOf(data, size).find(bytes) != std::string_view::npos, "a part of the file");
  registry::parseManifest(bytes, "probe");
  return 0;
}
