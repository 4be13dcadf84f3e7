#include "verifier.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "tail.hpp"

namespace kavro::audit {
namespace {

constexpr int kHeadTries = 4;
constexpr std::chrono::milliseconds kHeadPatience{50};

std::string linesText(std::uint64_t first, std::uint64_t count) {
  return count == 1 ? "line " + std::to_string(first)
                    : "lines " + std::to_string(first) + " to " + std::to_string(first + count - 1);
}

std::string counted(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " line is" : " lines are");
}

}  // namespace

void Verifier::read(const std::string& path) {
  path_ = path;
  line_ = 0;
  first_in_file_ = true;
  summary_.ended = false;
  head_.reset();
  head_path_ = options_.head.value_or(headPathOf(path));
  readHead();  // now, so that the line that it names is known when it is passed
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + " cannot be opened: " + std::generic_category().message(errno));
  readLines(in);
  follow(in);
  if (in.bad()) throw std::runtime_error(path + " cannot be read: " + std::generic_category().message(errno));
  if (const std::string line = std::exchange(open_, {}); !line.empty()) {
    ++line_;
    readLine(line, false);
  }
  endUnsealed(nullptr);
}

void Verifier::readHead() {
  const auto before = std::exchange(head_, std::nullopt);
  head_is_broken_ = false;
  if (options_.no_head) return;
  std::ifstream in(head_path_, std::ios::binary);
  head_problem_ = in ? "" : "there is no " + head_path_;
  if (!in) return;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  head_ = Head::read(text);
  head_is_broken_ = !head_;
  if (!head_) head_problem_ = head_path_ + " does not hold what it should: somebody wrote to it, or half was written";
  if (!head_ || (before && before->position == head_->position)) return;
  hash_at_head_.reset();
  if (last_ && last_->seq == head_->position.seq) hash_at_head_ = last_->hash;
}

void Verifier::readLines(std::istream& in) {
  for (std::string line; std::getline(in, line);) {
    open_ += line;
    if (in.eof()) return;  // somebody may be writing it
    ++line_;
    bytes_ += open_.size() + 1;
    readLine(open_, true);
    open_.clear();
    if (line_ % 4096 == 0) options_.progress(bytes_);
  }
}

// A server may be writing. Its head is written behind its lines: one that is read behind the lines that are there knows
// them all, a moment later.
void Verifier::follow(std::istream& in) {
  head_is_later_ = false;
  for (int i = 0; i < kHeadTries && last_; ++i) {
    if (i > 0) std::this_thread::sleep_for(kHeadPatience);
    readHead();
    if (!head_) return;
    const std::uint64_t known = head_->position.seq;
    head_is_later_ = known >= last_->seq;
    if (known == last_->seq && open_.empty()) return;
    in.clear();
    readLines(in);
    if (head_is_later_ && known <= last_->seq && open_.empty()) return;
  }
}

void Verifier::readLine(std::string_view line, bool ended) {
  const auto sealed = ended && line.size() <= kLineBytesMax ? SealedLine::read(line) : std::nullopt;
  ++summary_.lines;
  if (sealed) return readSealed(*sealed);
  summary_.ended = false;
  if (!ended) find(line_, "is cut off: the file ends within it, after " + std::to_string(line.size()) + " bytes");
  if (!unsealed_) {
    unsealed_ = Unsealed{};
    unsealed_->first_line = line_;
  }
  ++unsealed_->lines;
  unsealed_->bytes += line.size() + (ended ? 1 : 0);
  unsealed_->hasher.add(line);
  if (ended) unsealed_->hasher.add("\n");
}

void Verifier::readSealed(const SealedLine& line) {
  const auto event = findText(line.text, "event").value_or("");
  if (event == "audit_begin") {
    readBegin(line);
  } else {
    endUnsealed(nullptr);
  }
  checkOrder(line);
  const bool ends = event == "audit_end";
  if (ends || event == "audit_begin" || event == "audit_signature") learnKey(line);
  const bool is_signed = checkSignature(line, ends || event == "audit_signature");
  if (head_ && line.seq == head_->position.seq) hash_at_head_ = line.hash;
  if (summary_.first_seq == 0) summary_.first_seq = line.seq;
  summary_.last_seq = std::max(summary_.last_seq, line.seq);
  summary_.ended = ends && (is_signed || !isKeyKnown());
  first_in_file_ = false;
}

void Verifier::readBegin(const SealedLine& line) {
  endUnsealed(&line);
  if (const auto doubt = findText(line.text, "tail_unproven")) checkDoubt(line, *doubt);
  if (last_) return;
  Position before;
  const auto seq = findNumber(line.text, "previous_seq");
  const auto hash = bytesOf<sizeof(Hash)>(findText(line.text, "previous_hash").value_or(""));
  if (seq && hash) before = {*seq, *hash};
  if (before.seq > 0) checkFirst(before.seq + 1);
  last_ = before;
}

// Nothing shows that there ever was an earlier file: the lines may have been cut off in front of an audit_begin, or
// removed while the server ran.
void Verifier::checkFirst(std::uint64_t seq) {
  if (seq == options_.from) return note(line_, "what is before sequence " + std::to_string(seq) + " was not looked at");
  find(line_, counted(seq - 1) + " missing before it, sequence 1 to " + std::to_string(seq - 1) +
                  ": give the earlier file first or, if it is not kept, say --from " + std::to_string(seq));
}

// The server that wrote this line did not find its log as it was left.
void Verifier::checkDoubt(const SealedLine& line, std::string_view doubt) {
  if (doubt == kHeadNotSigned && options_.signed_from == line.seq) {
    return note(line_, "signing was switched on here; that nothing was changed before is not proven");
  }
  const auto signature = bytesOf<sizeof(Signature)>(findText(line.text, "previous_signature").value_or(""));
  const auto hash = bytesOf<sizeof(Hash)>(findText(line.text, "previous_hash").value_or(""));
  if (doubt == kHeadOfAnotherKey && signature && hash && isSigned(*hash, *signature)) {
    return note(line_, "the signing key was changed here; what is before was signed by the one before");
  }
  find(line_, "what is before it is not what the server had left: " + std::string(textOfDoubt(doubt)) +
                  (doubt == kHeadNotSigned
                       ? "; if signing_key was switched on here, say --signed-from " + std::to_string(line.seq)
                       : ""));
}

void Verifier::checkOrder(const SealedLine& line) {
  const Position here{line.seq, line.hash};
  if (!last_) {
    find(line_, line.seq == 1 ? "is the first of a log, and no audit_begin: somebody made it"
                              : "the log begins in the middle: " + counted(line.seq - 1) +
                                    " missing before it, unless they are in an earlier file; then give that one first");
    last_ = here;
    return;
  }
  if (line.seq <= last_->seq) {
    // What follows is expected to follow from the line before this one.
    return find(line_, "is out of order: its sequence is " + std::to_string(line.seq) + ", after " +
                           std::to_string(last_->seq) + "; it was moved or copied here");
  }
  if (line.seq > last_->seq + 1) {
    find(line_, counted(line.seq - last_->seq - 1) + " missing before it, sequence " +
                    std::to_string(last_->seq + 1) + " to " + std::to_string(line.seq - 1) +
                    (first_in_file_ && line_ == 1 ? "; is the file that it follows on the command line?" : ""));
  } else if (line.hashAfter(last_->hash) != line.hash) {
    find(line_, "was changed, or the one before it was: its hash does not follow from both");
  }
  last_ = here;
}

// Whether it is signed, and rightly. `needed`: a line of its kind is, if there is a key.
bool Verifier::checkSignature(const SealedLine& line, bool needed) {
  if (!line.signature) {
    if (needed && isKeyKnown() && line.seq >= options_.signed_from.value_or(0)) {
      find(line_, "is not signed, and lines of its kind are: somebody made it, or the server had no signing_key then");
    }
    return false;
  }
  if (!isSigned(line.hash, *line.signature)) {
    find(line_, options_.keys.empty() ? "its signature is not by the key that the log names"
                                      : "its signature is by none of the keys given");
    return false;
  }
  summary_.signed_seq = std::max(summary_.signed_seq, line.seq);
  return true;
}

// Without keys the one that the log names is taken for the writer's.
void Verifier::learnKey(const SealedLine& line) {
  const auto key = bytesOf<sizeof(PublicKey)>(findText(line.text, "public_key").value_or(""));
  if (!key || !options_.keys.empty()) return;
  if (summary_.key && *summary_.key != *key) note(line_, "from here on the log names another key, " + hexOf(*key));
  summary_.key = key;
}

bool Verifier::isSigned(const Hash& hash, const Signature& signature) {
  if (options_.keys.empty()) return summary_.key && isSignedBy(*summary_.key, hash, signature);
  for (const PublicKey& key : options_.keys) {
    if (!isSignedBy(key, hash, signature)) continue;
    summary_.key = key;
    return true;
  }
  return false;
}

// A line `begin` may vouch for what stands before it.
void Verifier::endUnsealed(const SealedLine* begin) {
  const std::uint64_t bytes = begin ? findNumber(begin->text, "unsealed_bytes").value_or(0) : 0;
  if (!unsealed_) {
    if (bytes > 0) find(line_, std::to_string(bytes) + " bytes are missing before it, which were not sealed");
    return;
  }
  const std::string which = linesText(unsealed_->first_line, unsealed_->lines);
  const std::string hash = hexOf(unsealed_->hasher.finish());
  const bool vouched = begin && bytes == unsealed_->bytes && findText(begin->text, "unsealed_hash") == hash;
  if (vouched) {
    note(line_, which + " before it: not sealed, and as they were when this line was written");
  } else {
    find(unsealed_->first_line, (unsealed_->lines == 1 ? std::string("is") : which + " are") +
                                    " not sealed: put in by somebody, or changed at the end");
  }
  unsealed_.reset();
}

void Verifier::finish() {
  line_ = 0;
  if (!last_) return checkEmpty();
  const std::size_t before = findings_.size();
  checkHead();
  if (!options_.keys.empty() && summary_.signed_seq == 0) {
    find(0, "nothing in it is signed, though a key was given");
  } else if (isKeyKnown() && summary_.signed_seq < last_->seq && (!head_ || findings_.size() == before)) {
    checkCovered();  // what a head that is wrong does not cover was said
  }
}

// No sealed line was read. Right for a server that has started once and written nothing yet: then there is a head.
void Verifier::checkEmpty() {
  if (head_ && head_->position.seq > 0) {
    return find(0, counted(head_->position.seq) + " missing: it holds no sealed line, and " + head_path_ + " says " +
                       std::to_string(head_->position.seq) + "; if they are in an earlier file, give that one first");
  }
  if (head_is_broken_) {
    find(0, head_problem_);
  } else if (!options_.keys.empty() && !options_.no_head) {
    if (!head_) find(0, head_problem_ + ": whether there were lines cannot be told");
    if (head_ && !isHeadSigned()) find(0, headNotSigned());
  }
  if (summary_.lines == 0) note(0, "the file is empty");
  if (summary_.lines > 0 && findings_.empty()) find(0, "holds no sealed line");
}

// What comes behind the last signature is anybody's.
void Verifier::checkCovered() {
  const std::uint64_t covered = summary_.signed_seq;
  const std::string which = "sequence " + std::to_string(covered + 1) + " to " + std::to_string(last_->seq);
  if (head_is_later_ && head_->position.seq <= covered) {
    return note(0, which + " were written while it was read, and are not signed yet");
  }
  find(0, which + " are covered by no signature: somebody added them, or the server was killed as it wrote them; then its "
                  "next start says which");
}

bool Verifier::isHeadSigned() {
  return head_->signature && isSigned(head_->position.hash, *head_->signature);
}

void Verifier::checkHead() {
  if (!head_) {
    if (options_.no_head) {
      return note(0, "it is looked at without its head: whether it was cut off behind a signature cannot be told");
    }
    // Left in order, and kept elsewhere. Whoever gives a key wants it proven.
    if (options_.keys.empty() && summary_.ended && options_.head == std::nullopt && !head_is_broken_) {
      return note(0, head_problem_ + ": whether it was cut off behind an earlier audit_end cannot be told");
    }
    return find(0, (summary_.ended ? "" : "does not end with audit_end, and ") + head_problem_ +
                       ": whether lines were cut off at the end cannot be told" +
                       (head_is_broken_ ? "" : " (a file that is kept without one: --no-head)"));
  }
  if (isKeyKnown() && !isHeadSigned()) return find(0, headNotSigned());
  const std::uint64_t seq = head_->position.seq;
  if (seq > last_->seq) {
    return find(0, counted(seq - last_->seq) + " missing at the end: it ends with sequence " +
                       std::to_string(last_->seq) + ", and " + head_path_ + " says " + std::to_string(seq));
  }
  if (hash_at_head_ && *hash_at_head_ != head_->position.hash) {
    return find(0, "sequence " + std::to_string(seq) + " is another line than the one that " + head_path_ + " knows");
  }
  if (head_->signature && hash_at_head_) summary_.signed_seq = std::max(summary_.signed_seq, seq);
  if (!summary_.ended) note(0, "it was not ended: the server runs, or was killed");
}

void Verifier::find(std::uint64_t line, std::string text) {
  if (findings_.size() == kFindingsMax) {
    ++left_out_;
  } else {
    findings_.push_back({path_, line, std::move(text)});
  }
}

}  // namespace kavro::audit
