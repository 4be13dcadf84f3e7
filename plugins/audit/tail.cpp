#include "tail.hpp"

#include <algorithm>
#include <utility>

namespace kavro::audit {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
    {kCutOff,
     "it ends before the line that its head knows: lines were cut off, or lost when the machine went down"},
    {kReplaced, "it does not hold the line that its head knows, or what comes behind that does not follow from it"},
    {kLinesNotByKey, "it has lines behind the one that its head knows which were not written with the signing key"},
    {kLinesNotSealed, "it ends with lines that are not sealed"},
    {kNoHead, "it has sealed lines and no head: whether lines were cut off cannot be told"},
    {kHeadDamaged, "its head does not hold what it should: somebody wrote to it, or half was written"},
    {kHeadNotSigned, "its head is not signed, as before signing_key was switched on: somebody could have made it"},
    {kHeadOfAnotherKey, "its head is not signed by signing_key, but by another key"},
    {kAnotherFile, "it is not the file that the server was writing: another one was put in its place"},
};

// Whether the JSON object that `text` begins with ends in it, by its quotes and braces.
bool hasWholeObject(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return true;
    }
  }
  return false;
}

// What a crash can leave: the beginning of a line (the next start puts a line feed behind it), or, of a disk that did not
// get it, zeros.
bool isTorn(const LinesFromTheEnd& lines) {
  const std::string_view line = lines.line();
  if (lines.isTooLong()) return false;
  return line.find_first_not_of('\0') == std::string_view::npos || (line.front() == '{' && !hasWholeObject(line));
}

struct Ending {
  std::optional<Position> last;   // its last sealed line
  std::uint64_t sealed_end = 0;   // behind that
  bool only_torn = true;          // what comes behind that is what a crash leaves
  bool follows = true;            // from the line that was left, without a gap
  bool by_key = true;             // what was written since
};

// Walks back to `left`. Each line is held against the one before it, so one at a time is enough.
class Walk {
 public:
  Walk(const LogFile& file, const Position& left, const SigningKey* key)
      : lines_(file), left_(left), key_(key), covered_(!key) {}

  Ending end() {
    while (lines_.next()) {
      const auto line = lines_.hasLineFeed() ? SealedLine::read(lines_.line()) : std::nullopt;
      if (!line) {
        ending_.only_torn = ending_.only_torn && (ending_.last || isTorn(lines_));
      } else if (!add(*line)) {
        return ending_;
      }
    }
    if (!later_.empty()) holdAgainst(left_);  // the file begins behind it
    return ending_;
  }

 private:
  // False: there is no need to go further.
  bool add(const SealedLine& line) {
    const Position here{line.seq, line.hash};
    if (!ending_.last) {
      ending_.last = here;
      ending_.sealed_end = lines_.end();
    }
    if (!later_.empty()) holdAgainst(here);
    if (line.seq <= left_.seq) {
      ending_.follows = ending_.follows && here == left_;
      return false;
    }
    if (key_ && line.signature && isSignedBy(key_->publicKey(), line.hash, *line.signature)) covered_ = true;
    later_ = lines_.line();
    return ending_.follows;
  }

  void holdAgainst(const Position& before) {
    const SealedLine later = *SealedLine::read(later_);
    if (later.seq != before.seq + 1 || later.hashAfter(before.hash) != later.hash) ending_.follows = false;
    if (!covered_ && !(later.mac && *later.mac == key_->macOf(before, later.body))) ending_.by_key = false;
  }

  LinesFromTheEnd lines_;
  const Position left_;
  const SigningKey* const key_;
  std::string later_;  // the line behind the one that is looked at
  bool covered_;       // a signature further on is one of this line too
  Ending ending_;
};

Tail tailOf(const LogFile& file, const Ending& ending) {
  Tail tail;
  tail.last = ending.last;
  tail.unsealed_bytes = file.size() - ending.sealed_end;
  tail.unsealed_hash = file.hashFrom(ending.sealed_end);
  return tail;
}

bool isBy(const SigningKey* key, const Head& head) {
  return !key || (head.signature && isSignedBy(key->publicKey(), head.position.hash, *head.signature));
}

std::string_view doubtOf(const Ending& ending, const Head& head, const SigningKey* key) {
  if (!ending.follows) return ending.last->seq < head.position.seq ? kCutOff : kReplaced;
  // Before the first sealed line may stand what was there before lines were sealed.
  if (!ending.only_torn && head.position.seq > 0) return kLinesNotSealed;
  if (!isBy(key, head)) return head.signature ? kHeadOfAnotherKey : kHeadNotSigned;
  return ending.by_key ? std::string_view() : kLinesNotByKey;
}

}  // namespace

std::string_view textOfDoubt(std::string_view doubt) {
  const auto* found = std::find_if(std::begin(kTexts), std::end(kTexts),
                                   [&](const auto& entry) { return entry.first == doubt; });
  return found == std::end(kTexts) ? "for a reason that is not known here" : found->second;
}

Tail tailAtStart(const LogFile& file, const FoundHead& found, const SigningKey* key) {
  const Position left = found.head ? found.head->position : Position{};
  const Ending ending = Walk(file, left, key).end();
  Tail tail = tailOf(file, ending);
  if (!found.head) {
    // Neither is there at the first start, though an operator may have made both files, empty.
    const bool is_first = !ending.last && found.empty;
    tail.position = ending.last.value_or(Position{});
    if (!is_first) tail.doubt = found.empty ? kNoHead : kHeadDamaged;
    return tail;
  }
  tail.doubt = doubtOf(ending, *found.head, key);
  // Where lines are not known to be this log's, it goes on after the last one that is.
  const bool to_end = (ending.follows && tail.doubt != kLinesNotByKey) || !isBy(key, *found.head);
  tail.position = to_end ? ending.last.value_or(left) : left;
  if (tail.doubt == kHeadOfAnotherKey && tail.position == left) tail.head_signature = found.head->signature;
  return tail;
}

Tail tailWhileRunning(const LogFile& file, const Position& position) {
  const Ending ending = Walk(file, position, nullptr).end();
  Tail tail = tailOf(file, ending);
  tail.position = position;
  const bool ours = ending.last == position && ending.only_torn;
  if (file.size() > 0 && !ours) tail.doubt = kAnotherFile;
  return tail;
}

}  // namespace kavro::audit
