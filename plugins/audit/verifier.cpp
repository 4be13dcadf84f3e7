#include "verifier.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace kavro::audit {
namespace {

std::string linesText(std::uint64_t first, std::uint64_t count) {
  return count == 1 ? "line " + std::to_string(first)
                    : "lines " + std::to_string(first) + " to " + std::to_string(first + count - 1);
}

std::string counted(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " line is" : " lines are");
}

}  // namespace

void Verifier::read(const std::string& path) {
  // The head first: what is written to the log meanwhile comes after it.
  head_.reset();
  hash_at_head_.reset();
  head_is_broken_ = false;
  head_path_ = options_.head.value_or(headPathOf(path));
  std::ifstream head(head_path_, std::ios::binary);
  head_problem_ = head ? "" : "there is no " + head_path_;
  if (head) {
    const std::string text{std::istreambuf_iterator<char>(head), {}};
    head_ = Head::read(text);
    head_is_broken_ = !head_;
    if (!head_) head_problem_ = head_path_ + " does not hold what it should: somebody wrote to it, or half was written";
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + " cannot be opened: " + std::generic_category().message(errno));
  read(in, path);
  if (in.bad()) throw std::runtime_error(path + " cannot be read: " + std::generic_category().message(errno));
}

void Verifier::read(std::istream& in, const std::string& path) {
  path_ = path;
  line_ = 0;
  first_in_file_ = true;
  summary_.ended = false;
  for (std::string line; std::getline(in, line);) {
    const bool ended = !in.eof();
    ++line_;
    bytes_ += line.size() + 1;
    readLine(line, ended);
    if (line_ % 4096 == 0) options_.progress(bytes_);
  }
  endUnsealed(nullptr);
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
  checkSignature(line);
  if (head_ && line.seq == head_->position.seq) hash_at_head_ = line.hash;
  if (summary_.first_seq == 0) summary_.first_seq = line.seq;
  summary_.last_seq = std::max(summary_.last_seq, line.seq);
  summary_.ended = event == "audit_end";
  first_in_file_ = false;
}

void Verifier::readBegin(const SealedLine& line) {
  endUnsealed(&line);
  if (last_) return;
  Position before;
  const auto seq = findNumber(line.text, "previous_seq");
  const auto hash = bytesOf<sizeof(Hash)>(findText(line.text, "previous_hash").value_or(""));
  if (seq && hash) before = {*seq, *hash};
  if (seq) {
    note(line_, "what is before sequence " + std::to_string(*seq + 1) +
                    " is in an earlier file; give that one first to have it looked at as well");
  }
  last_ = before;
}

void Verifier::checkOrder(const SealedLine& line) {
  const Position here{line.seq, line.hash};
  if (!last_) {
    find(line_, "the log begins in the middle: " + counted(line.seq - 1) +
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

void Verifier::checkSignature(const SealedLine& line) {
  if (!line.signature) return;
  if (!isSigned(line.hash, *line.signature, findText(line.text, "public_key").value_or(""))) {
    return find(line_, options_.keys.empty() ? "its signature is not by the key that the log names"
                                             : "its signature is by none of the keys given");
  }
  summary_.signed_seq = std::max(summary_.signed_seq, line.seq);
}

// Without keys the first one that the log names is taken for the writer's.
bool Verifier::isSigned(const Hash& hash, const Signature& signature, std::string_view named) {
  for (const PublicKey& key : options_.keys) {
    if (!isSignedBy(key, hash, signature)) continue;
    summary_.key = key;
    return true;
  }
  if (!options_.keys.empty()) return false;
  const auto key = bytesOf<sizeof(PublicKey)>(named);
  if (!summary_.key) summary_.key = key;
  if (key && *key != *summary_.key) {
    note(line_, "from here on the log names another key, " + hexOf(*key));
    summary_.key = key;
  }
  return summary_.key && isSignedBy(*summary_.key, hash, signature);
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
  if (!last_) {
    if (head_is_broken_) find(0, head_problem_);
    if (head_ && head_->position.seq > 0) {
      return find(0, counted(head_->position.seq) + " missing: it holds no sealed line, and " + head_path_ + " says " +
                         std::to_string(head_->position.seq) +
                         "; if they are in an earlier file, give that one first");
    }
    if (summary_.lines == 0) note(0, "the file is empty");
    if (summary_.lines > 0 && findings_.empty()) find(0, "holds no sealed line");
    return;
  }
  checkHead();
  if (!options_.keys.empty() && summary_.signed_seq == 0) {
    find(0, "nothing in it is signed, though a key was given");
  } else if (summary_.signed_seq > 0 && summary_.signed_seq < last_->seq) {
    note(0, "the last " + std::to_string(last_->seq - summary_.signed_seq) + " line(s) are not signed yet");
  }
}

void Verifier::checkHead() {
  if (!head_) {
    if (summary_.ended && options_.head == std::nullopt && !head_is_broken_) {  // left in order, and kept elsewhere
      return note(0, head_problem_ + ": whether it was cut off behind an earlier audit_end cannot be told");
    }
    return find(0, (summary_.ended ? "" : "does not end with audit_end, and ") + head_problem_ +
                       ": whether lines were cut off at the end cannot be told");
  }
  if (!options_.keys.empty() || summary_.key) {
    const std::string named = summary_.key ? hexOf(*summary_.key) : "";
    if (!head_->signature || !isSigned(head_->position.hash, *head_->signature, named)) {
      return find(0, head_path_ + " is not signed by the key of the log");
    }
  }
  const std::uint64_t seq = head_->position.seq;
  if (seq > last_->seq) {
    return find(0, counted(seq - last_->seq) + " missing at the end: it ends with sequence " +
                       std::to_string(last_->seq) + ", and " + head_path_ + " says " + std::to_string(seq));
  }
  if (hash_at_head_ && *hash_at_head_ != head_->position.hash) {
    return find(0, "sequence " + std::to_string(seq) + " is another line than the one that " + head_path_ + " knows");
  }
  if (head_->signature) summary_.signed_seq = std::max(summary_.signed_seq, seq);
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
