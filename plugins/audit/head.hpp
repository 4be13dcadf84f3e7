// FILE.head beside the log: which line was its last. Without it, lines that somebody cuts off at the end are not missed.
//
//   {"seq":00000000000000000059,"hash":"<64 digits>","signature":"<128 digits>"}
//
// One record of one length, written over at each batch of lines. Signed like a line of the log when there is a key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "signing_key.hpp"

namespace kavro::audit {

std::string headPathOf(const std::string& log);

struct Head {
  Position position;
  std::optional<Signature> signature;

  static std::optional<Head> read(std::string_view text);
  std::string text() const;  // with line feed
};

class HeadFile {
 public:
  // Opens, or makes with mode 0600. Throws std::runtime_error.
  explicit HeadFile(const std::string& path);
  ~HeadFile();
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;

  // errno, or 0.
  int write(const Head& head);

 private:
  int descriptor_;
};

}  // namespace kavro::audit
