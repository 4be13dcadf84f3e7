// Reads one section out of a shared library's file, without loading it: none of its code runs, constructors included.
//
// The file is hostile until proven otherwise: cut off, altered, a device, another architecture. libelf finds the
// section; what it says is checked against the size of the file before anything is read, and nothing is mapped, so
// that a file that shrinks meanwhile is an error and no SIGBUS.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace kavro::registry {

inline constexpr std::size_t kLibraryBytesMax = 512 * 1024 * 1024;

struct SectionContent {
  std::string bytes;
};

// The section's content, or why it cannot be had: a phrase that can follow "plugins/foo.so: ".
std::variant<SectionContent, std::string> readElfSection(const std::string& path, std::string_view section,
                                                         std::size_t bytes_max);

}  // namespace kavro::registry
