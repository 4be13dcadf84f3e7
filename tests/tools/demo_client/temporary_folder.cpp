#include "temporary_folder.hpp"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

namespace kavro::demo_client::testing {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "kavro-demo-client-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

unsigned modeOf(const std::filesystem::path& file) {
  return static_cast<unsigned>(std::filesystem::status(file).permissions() & std::filesystem::perms::mask);
}

void writeFile(const std::filesystem::path& file, const std::string& content, unsigned mode) {
  std::ofstream(file, std::ios::binary) << content;
  std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
}

}  // namespace kavro::demo_client::testing
