// The end of a line by which it can be seen whether the log is as it was written:
//
//   {"timestamp":...,"event":"login",...,"seq":58,"hash":"<64 digits>"}
//   {"timestamp":...,"event":"audit_signature",...,"seq":59,"hash":"<64 digits>","signature":"<128 digits>"}
//
//   mac        only with a signing key, just before seq: a keyed BLAKE2b-128 of the hash of the line before, of seq, and of
//              this line from its beginning to just before `,"mac":`. By it the server that is started after a crash
//              knows which lines are its own of those that no signature covers yet. Nobody else can look at it
//   seq        grows by one with each line, over files and restarts
//   hash       BLAKE2b-256 of the hash of the line before (32 bytes; zeros before the first) and of this line from its
//              beginning to just before `,"hash":`
//   signature  Ed25519 of kSignedPrefix and the hash: of this line, and so of all before it
//
// Bytes count, not JSON: no reader has to agree with another on what a member means. Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hash.hpp"

namespace kavro::audit {

using Signature = Bytes<64>;
using Mac = Bytes<16>;

inline constexpr std::string_view kSignedPrefix = "kavro audit 1\n";
inline constexpr std::size_t kLineBytesMax = 1024 * 1024;  // longer than any that was written

// Where a chain is: the number and the hash of its last line.
struct Position {
  std::uint64_t seq = 0;
  Hash hash{};

  bool operator==(const Position&) const = default;
};

// Appends `line`, an object with its closing brace and without line feed, sealed, still open: without "}" and line feed.
// Moves `position` on.
void appendSealed(std::string_view line, const std::optional<Mac>& mac, Position& position, std::string& out);
// Ends that line, with a signature if there is one.
void endSealed(const std::optional<Signature>& signature, std::string& out);

// What stands at a line's end, without line feed. Not looked into: whether hash and mac are right.
struct SealedLine {
  std::string_view text;  // what is hashed
  std::string_view body;  // what the mac is of
  std::optional<Mac> mac;
  std::uint64_t seq = 0;
  Hash hash{};
  std::optional<Signature> signature;

  static std::optional<SealedLine> read(std::string_view line);
  Hash hashAfter(const Hash& before) const { return Hasher().add(before).add(text).finish(); }
};

// The value of `,"name":"value"` in a line that this plugin wrote: no escapes in it.
std::optional<std::string_view> findText(std::string_view line, std::string_view name);
std::optional<std::uint64_t> findNumber(std::string_view line, std::string_view name);

}  // namespace kavro::audit
