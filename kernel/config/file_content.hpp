// Reads a small regular file whole. Never blocks on a pipe or device that was named by mistake.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace kavro::config {

struct FileContent {
  std::string bytes;
  std::string why;  // empty: it was read. Otherwise a phrase that can follow "<path>: "
  mode_t mode = 0;
};

FileContent readFile(const std::string& path, std::size_t bytes_max);

// By stat only: "" when `path` is a regular file, otherwise why it is not one ("there is no such file").
std::string whyNoFile(const std::string& path);

}  // namespace kavro::config
