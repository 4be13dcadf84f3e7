// A certificate and its private key, made by the openssl program, which is not our own code.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "tests/kernel/config/temporary_folder.hpp"

namespace kavro::testing {

struct TlsPair {
  std::string certificate;  // paths
  std::string private_key;
};

// NAME.crt and NAME.key in the folder, the key readable by its owner only. `options` are of openssl req.
inline TlsPair makeTlsPair(const TemporaryFolder& folder, const std::string& name,
                           const std::string& options = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 30") {
  const std::string stem = (folder.path() / name).string();
  const std::string command = "openssl req -x509 -nodes -subj /CN=localhost " + options + " -keyout " + stem +
                              ".key -out " + stem + ".crt 2>/dev/null && chmod 600 " + stem + ".key";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl failed: " + command);
  return {stem + ".crt", stem + ".key"};
}

}  // namespace kavro::testing
