#include "kernel/import/temporary_database.hpp"

#include <stdlib.h>

#include <stdexcept>
#include <system_error>

namespace kavro::import {

TemporaryDatabase::TemporaryDatabase() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kavro-import-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) {
    throw std::runtime_error("a temporary folder cannot be made under " +
                             std::filesystem::temp_directory_path().string() + "; set TMPDIR to a folder with room");
  }
  folder_ = pattern;
}

TemporaryDatabase::~TemporaryDatabase() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace kavro::import
