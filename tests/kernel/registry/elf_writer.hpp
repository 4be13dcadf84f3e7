// Writes the smallest ELF file that has a section of a given name: for manifests that no build system would let pass.
#pragma once

#include <elf.h>

#include <string>

namespace kavro::testing {

struct ElfOptions {
  std::string section = ".kavro.manifest";
  unsigned char word_size = ELFCLASS64;
  Elf64_Half type = ET_DYN;
  Elf64_Half machine_offset = 0;  // added to this machine's e_machine
  Elf64_Xword flags = 0;          // of the section
  Elf64_Word section_type = SHT_PROGBITS;
  Elf64_Off offset_added = 0;  // to where the section is said to be
  Elf64_Xword size_added = 0;  // to how large it is said to be
  bool twice = false;
};

inline std::string writeElf(const std::string& content, const ElfOptions& options = {}) {
  std::string names("\0.shstrtab\0", 11);
  auto name = static_cast<Elf64_Word>(names.size());
  names += options.section + '\0';
  Elf64_Half count = options.twice ? 4 : 3;

  Elf64_Ehdr header{};
  header.e_ident[EI_MAG0] = ELFMAG0;
  header.e_ident[EI_MAG1] = ELFMAG1;
  header.e_ident[EI_MAG2] = ELFMAG2;
  header.e_ident[EI_MAG3] = ELFMAG3;
  header.e_ident[EI_CLASS] = options.word_size;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = options.type;
#if defined(__aarch64__)
  header.e_machine = EM_AARCH64;
#else
  header.e_machine = EM_X86_64;
#endif
  header.e_machine = static_cast<Elf64_Half>(header.e_machine + options.machine_offset);
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = count;
  header.e_shstrndx = 1;
  header.e_shoff = sizeof header;

  Elf64_Off data = sizeof header + count * sizeof(Elf64_Shdr);
  Elf64_Shdr sections[4]{};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_STRTAB;
  sections[1].sh_offset = data;
  sections[1].sh_size = names.size();
  sections[2].sh_name = name;
  sections[2].sh_type = options.section_type;
  sections[2].sh_flags = options.flags;
  sections[2].sh_offset = data + names.size() + options.offset_added;
  sections[2].sh_size = content.size() + options.size_added;
  sections[3] = sections[2];

  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  file.append(reinterpret_cast<const char*>(sections), count * sizeof(Elf64_Shdr));
  return file + names + content;
}

}  // namespace kavro::testing
