// FILE.head beside the log: which line was its last. Without it, lines that somebody cuts off at the end are not missed.
//
//   {"seq":00000000000000000059,"hash":"<64 digits>","signature":"<128 digits>"}
//
// One record of one length, written over at each batch of lines, after the lines. Signed like a line of the log when there
// is a key. It is there before the first line is, with seq 0, so that a log without one is a log whose head was taken away.
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

struct FoundHead {
  bool empty = true;         // there is no file, or nothing in it
  std::optional<Head> head;  // nothing, and not empty: the file holds something else
};
// Throws std::runtime_error when it is no regular file, or cannot be read.
FoundHead findHead(const std::string& path);

class HeadFile {
 public:
  // Opens what is there; nothing is no error. Throws std::runtime_error.
  explicit HeadFile(std::string path);
  ~HeadFile();
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;

  // Over the record that is there. When the path names none by now, another one, or one of another length, a new file
  // takes its place at once: whenever the process is killed, one of the two is there as a whole. errno, or 0.
  int write(const Head& head);

 private:
  bool isInPlace(std::size_t bytes) const;
  int writeInPlace(const std::string& text) const;
  int replace(const std::string& text);

  const std::string path_;
  int descriptor_;  // -1: none yet
};

}  // namespace kavro::audit
