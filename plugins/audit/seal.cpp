#include "seal.hpp"

#include <stdexcept>
#include <system_error>

#include <kavro/line_writer.hpp>

#include "line.hpp"

namespace kavro::audit {

void Seal::opened(const LineTarget& target, std::string& out) {
  const LogFile file(target.descriptor(), target.name());
  const std::string head_path = headPathOf(options_.path);
  // Only memory knows what this process wrote; at a start there is nothing but the head.
  const Tail tail =
      continues_ ? tailWhileRunning(file, written_) : tailAtStart(file, findHead(head_path), options_.key);
  head_.reset();
  head_.emplace(head_path);
  if (tail.position.seq == 0 && tail.doubt.empty()) {
    if (const int error = writeHead({})) {
      throw std::runtime_error(head_path + " cannot be written: " + std::generic_category().message(error));
    }
  }
  written_ = tail.position;
  if (!tail.doubt.empty()) reportDoubt(tail);
  appendOwn("audit_begin", fieldsOf(tail), false, out);
}

void Seal::seal(std::string_view line, std::string& out) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  append(line, false, out);
  if (options_.key && !sign_at_) sign_at_ = Clock::now() + options_.sign_interval;
}

void Seal::closing(std::string& out) { appendOwn("audit_end", {}, true, out); }

void Seal::due(std::string& out) { appendOwn("audit_signature", {}, true, out); }

void Seal::written(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  const auto sealed = SealedLine::read(line);
  if (!sealed) return;
  written_ = {sealed->seq, sealed->hash};
  continues_ = true;
  if (const int error = head_ ? writeHead(written_) : 0) reportHead(error);
}

int Seal::writeHead(const Position& position) {
  Head head{position, std::nullopt};
  if (options_.key) head.signature = options_.key->sign(position.hash);
  return head_->write(head);
}

// The next lines write it anew, so once in a while is enough.
void Seal::reportHead(int error) {
  const auto now = Clock::now();
  if (reported_at_ && now - *reported_at_ < LineWriter::kReportInterval) return;
  reported_at_ = now;
  report_(headPathOf(options_.path) + " cannot be written: " + std::generic_category().message(error) +
          "; until it can, lines that somebody cuts off at the end of the log are not missed");
}

void Seal::reportDoubt(const Tail& tail) {
  const std::string found = tail.last ? "ends with sequence " + std::to_string(tail.last->seq) : "has no sealed line";
  std::string text = options_.path + " is not known to be what was written: " + std::string(textOfDoubt(tail.doubt)) +
                     ". It " + found + ", and goes on after sequence " + std::to_string(tail.position.seq);
  const std::string next = std::to_string(tail.position.seq + 1);
  if (tail.doubt == kHeadNotSigned) {
    text += ". If signing_key was switched on with this start, note " + next +
            " beside the public key, for kavro audit verify --signed-from " + next + "; otherwise k";
  } else if (tail.doubt == kHeadOfAnotherKey) {
    text += ". If signing_key was changed with this start, give both keys to kavro audit verify; otherwise k";
  } else {
    text += ". K";
  }
  report_(text + "eep a copy of it and of its head, and find out who can write there: kavro audit verify says from where on "
                 "it is not sound, and will go on saying so of this file");
}

Seal::Fields Seal::fieldsOf(const Tail& tail) {
  Fields fields;
  if (tail.position.seq > 0) {
    fields.emplace_back("previous_seq", std::to_string(tail.position.seq));
    fields.emplace_back("previous_hash", hexOf(tail.position.hash));
  }
  if (!tail.doubt.empty()) fields.emplace_back("tail_unproven", tail.doubt);
  if (tail.head_signature) fields.emplace_back("previous_signature", hexOf(*tail.head_signature));
  if (tail.unsealed_bytes > 0) {
    fields.emplace_back("unsealed_bytes", std::to_string(tail.unsealed_bytes));
    fields.emplace_back("unsealed_hash", hexOf(tail.unsealed_hash));
  }
  return fields;
}

void Seal::appendOwn(std::string_view event, Fields fields, bool sign, std::string& out) {
  if (options_.key) fields.emplace_back("public_key", hexOf(options_.key->publicKey()));
  std::string line = ownLine(event, fields);
  line.pop_back();
  append(line, sign, out);
  sign_at_.reset();
}

void Seal::append(std::string_view line, bool sign, std::string& out) {
  // What was sealed and could not be written is no part of the chain.
  if (out.empty()) position_ = written_;
  std::optional<Mac> mac;
  if (options_.key) mac = options_.key->macOf(position_, line.substr(0, line.size() - 1));
  appendSealed(line, mac, position_, out);
  endSealed(sign && options_.key ? std::optional(options_.key->sign(position_.hash)) : std::nullopt, out);
}

}  // namespace kavro::audit
