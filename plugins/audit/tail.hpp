// The end of a log that is about to be gone on with, and whether it is the one that was left.
//
// At a start FILE.head says which line was the last. The log may go on behind it, because lines are written before their
// head, and a server can be killed in between or find the disk full: such lines have to follow by their hashes, and with a
// signing key each has to have been written with it, by a signature that covers it or by its mac. Half a line at the end
// is what a crash leaves as well. Anything else is a doubt: it is written into the log, and kavro audit verify finds it.
//
//   doubt (tail_unproven in audit_begin)   the file that was found
//   cut_off               ends before the line that the head knows
//   replaced              does not have the line that the head knows, or what comes behind it does not follow from it
//   lines_not_by_key      has lines behind the head that follow from it and were written without the key
//   lines_not_sealed      ends with whole lines that are not sealed
//   no_head               has sealed lines, and there is no head
//   head_damaged          has a head that is none
//   head_not_signed       has a head without signature, and there is a key: it was switched on, or somebody made the head
//   head_of_another_key   has a head that another key signed; its signature is in audit_begin too, for who has that key
//   another_file          is not the one that this process wrote, and not empty: it was put there while it ran
//
// Threads: any. Errors: std::runtime_error when the file cannot be read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "head.hpp"
#include "log_file.hpp"
#include "signing_key.hpp"

namespace kavro::audit {

inline constexpr std::string_view kCutOff = "cut_off";
inline constexpr std::string_view kReplaced = "replaced";
inline constexpr std::string_view kLinesNotByKey = "lines_not_by_key";
inline constexpr std::string_view kLinesNotSealed = "lines_not_sealed";
inline constexpr std::string_view kNoHead = "no_head";
inline constexpr std::string_view kHeadDamaged = "head_damaged";
inline constexpr std::string_view kHeadNotSigned = "head_not_signed";
inline constexpr std::string_view kHeadOfAnotherKey = "head_of_another_key";
inline constexpr std::string_view kAnotherFile = "another_file";

// "it ends before the line that its head knows ..."; of what is no doubt: that it is not known here.
std::string_view textOfDoubt(std::string_view doubt);

struct Tail {
  Position position;                      // the log goes on after this line; seq 0: it begins
  std::optional<Position> last;           // the last sealed line of the file
  std::uint64_t unsealed_bytes = 0;       // behind that one
  Hash unsealed_hash{};
  std::string_view doubt;                 // empty: it is the log that was left
  std::optional<Signature> head_signature;  // kHeadOfAnotherKey, when nothing comes behind the head
};

// `key` may be null.
Tail tailAtStart(const LogFile& file, const FoundHead& head, const SigningKey* key);
// Of a process that wrote up to `position`, when it opens the path anew.
Tail tailWhileRunning(const LogFile& file, const Position& position);

}  // namespace kavro::audit
