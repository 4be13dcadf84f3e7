#include "kernel/registry/elf_section.hpp"

#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "kernel/config/file_content.hpp"

namespace kavro::registry {
namespace {

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned kMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr unsigned kMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr unsigned kMachine = EM_S390;
#else
#error "Name this machine's e_machine here."
#endif
static_assert(sizeof(void*) == 8, "Kavro's plugins are 64-bit libraries");

constexpr unsigned char kByteOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

// False at the end of the file or on an error.
bool readAt(int file, char* to, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    ssize_t count = ::pread(file, to, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    to += count;
    size -= static_cast<std::size_t>(count);
    offset += static_cast<std::uint64_t>(count);
  }
  return true;
}

std::string damaged(const char* what) { return std::string("is damaged or cut off: ") + what; }

// Before libelf sees the file: is it a library for this machine at all? Empty when it is.
std::string whyNoLibrary(int file, std::uint64_t file_size) {
  std::array<char, sizeof(Elf64_Ehdr)> bytes{};
  if (!readAt(file, bytes.data(), SELFMAG, 0) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return "is no ELF file, so no library";
  }
  if (!readAt(file, bytes.data(), bytes.size(), 0)) return "is cut off: the ELF header is not whole";
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "is no 64-bit library";
  if (header.e_ident[EI_DATA] != kByteOrder || header.e_machine != kMachine) {
    return "is a library for another machine (e_machine " + std::to_string(header.e_machine) + ", this one is " +
           std::to_string(kMachine) + "); build it for this one";
  }
  if (header.e_type != ET_DYN) return "is an ELF file, but no shared library; link it with -shared";
  // The section table comes last, so this is what a copy that broke off lacks; libelf would show no sections at all.
  const std::uint64_t table = std::uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_shoff > file_size || table > file_size - header.e_shoff) {
    return damaged("the section table lies beyond the end of the file");
  }
  return {};
}

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};

}  // namespace

std::variant<SectionContent, std::string> readElfSection(const std::string& path, std::string_view section,
                                                         std::size_t bytes_max) {
  if (std::string why = config::whyNoFile(path); !why.empty()) return why;
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) {
    return "cannot be read: " + std::generic_category().message(errno);
  }
  if (!S_ISREG(status.st_mode)) return std::string("is not a regular file");
  auto file_size = static_cast<std::uint64_t>(status.st_size);
  if (file_size > kLibraryBytesMax) return std::string("is larger than 512 MiB, the most a library may have");
  if (std::string why = whyNoLibrary(file.number, file_size); !why.empty()) return why;

  if (elf_version(EV_CURRENT) == EV_NONE) return std::string("cannot be read: libelf is too old");
  std::unique_ptr<Elf, ElfEnd> elf(elf_begin(file.number, ELF_C_READ, nullptr));
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return damaged("the ELF header makes no sense");
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf.get(), &names) != 0) return damaged("the section table is not there");

  const GElf_Shdr* found = nullptr;
  GElf_Shdr header, match;
  for (Elf_Scn* scan = elf_nextscn(elf.get(), nullptr); scan; scan = elf_nextscn(elf.get(), scan)) {
    if (!gelf_getshdr(scan, &header)) return damaged("the section table is not whole");
    const char* name = elf_strptr(elf.get(), names, header.sh_name);
    if (!name) return damaged("the names of its sections are not there");
    if (section != name) continue;
    if (found) return "has the section " + std::string(section) + " twice";
    match = header;
    found = &match;
  }
  if (!found)
    return "has no section " + std::string(section) + ", so it is no plugin; build it with kavro_add_plugin()";
  if (match.sh_type == SHT_NOBITS || match.sh_size == 0) return "the section " + std::string(section) + " is empty";
  if ((match.sh_flags & SHF_COMPRESSED) != 0) return "the section " + std::string(section) + " is compressed";
  if (match.sh_offset > file_size || match.sh_size > file_size - match.sh_offset) {
    return damaged("a section lies beyond the end of the file");
  }
  if (match.sh_size > bytes_max) {
    return "the section " + std::string(section) + " is larger than " + std::to_string(bytes_max / 1024) +
           " KiB, the most it may have";
  }
  SectionContent content{std::string(match.sh_size, '\0')};
  if (!readAt(file.number, content.bytes.data(), content.bytes.size(), match.sh_offset)) {
    return damaged("a section cannot be read");
  }
  return content;
}

}  // namespace kavro::registry
