// Seals the lines of the log (sealed_line.hpp), goes on where it was left (tail.hpp), and keeps its head (head.hpp).
//
// Each time a file is opened a line says so, and ties what follows to what was there:
//   audit_begin      previous_seq, previous_hash: the last sealed line before, in this file or the one before it;
//                    tail_unproven: the file is not known to be the one that was left, and why (tail.hpp);
//                    previous_signature: the head's, by a signing key that was changed;
//                    unsealed_bytes, unsealed_hash: what stands between that line and this one and is not sealed (lines
//                    of an earlier version, half a line after a power cut); public_key
//   audit_signature  every sign_interval, when lines were written; public_key
//   audit_end        the last line of a file that was left in order; public_key
//
// Threads: the writer's, but for the constructor.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/line_seal.hpp>

#include "head.hpp"
#include "tail.hpp"

namespace kavro::audit {

class Seal final : public LineSeal {
 public:
  struct Options {
    std::string path;
    const SigningKey* key = nullptr;  // null: no signatures
    std::chrono::milliseconds sign_interval{10'000};
  };
  using Report = std::function<void(const std::string&)>;

  Seal(Options options, Report report) : options_(std::move(options)), report_(std::move(report)) {}

  void opened(const LineTarget& target, std::string& out) override;
  void seal(std::string_view line, std::string& out) override;
  void closing(std::string& out) override;
  void written(std::string_view line) override;
  std::optional<Clock::time_point> dueAt() const override { return sign_at_; }
  void due(std::string& out) override;

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  static Fields fieldsOf(const Tail& tail);

  int writeHead(const Position& position);
  void reportHead(int error);
  void reportDoubt(const Tail& tail);
  void appendOwn(std::string_view event, Fields fields, bool sign, std::string& out);
  void append(std::string_view line, bool sign, std::string& out);

  const Options options_;
  const Report report_;
  Position position_;       // of the last line that was sealed
  Position written_;        // and of the last one that is in a file
  bool continues_ = false;  // this object has written that one
  std::optional<HeadFile> head_;
  std::optional<Clock::time_point> reported_at_;
  std::optional<Clock::time_point> sign_at_;
};

}  // namespace kavro::audit
