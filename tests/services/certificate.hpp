// A self-signed certificate for tests, made through OpenSSL's API: EC P-256, for localhost and 127.0.0.1, for a day.
// Threads: any. Made once per process: a key costs little, but tests start many servers.
#pragma once

#include <string>

namespace kavro::testing {

struct Certificate {
  std::string certificate;  // PEM
  std::string private_key;  // PEM, PKCS #8
};

const Certificate& certificateForTests();

}  // namespace kavro::testing
