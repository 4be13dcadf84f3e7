// Says whether a sealed log is as it was written, and if not, where it is not. Reads line by line, so files may be large.
//
//   Verifier verifier(options);
//   for (const std::string& file : files) verifier.read(file);   // in the order they were written
//   verifier.finish();
//   for (const Finding& finding : verifier.findings()) ...       // empty: nothing was changed
//
// Threads: one. Errors: read() throws std::runtime_error when a file cannot be read.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "head.hpp"

namespace kavro::audit {

// Something that is wrong, or that whoever verifies should know.
struct Finding {
  std::string file;
  std::uint64_t line = 0;  // from 1; 0: the file as a whole
  std::string text;
};

class Verifier {
 public:
  static constexpr std::size_t kFindingsMax = 100;

  struct Options {
    std::vector<PublicKey> keys = {};     // empty: whoever the log itself names
    std::optional<std::string> head = {};  // where it is when not beside the last file
    bool no_head = false;                 // the files are kept without it
    std::optional<std::uint64_t> from = {};  // the first line of the files; those before it are not kept
    std::optional<std::uint64_t> signed_from = {};  // with this line signing was switched on; before it nothing is signed
    std::function<void(std::uint64_t bytes)> progress = [](std::uint64_t) {};
  };
  struct Summary {
    std::uint64_t lines = 0;
    std::uint64_t first_seq = 0, last_seq = 0;
    std::uint64_t signed_seq = 0;          // all up to this one is vouched for by a signature; 0: none
    std::optional<PublicKey> key;          // by whom
    bool ended = false;                    // the last line is an orderly end, signed when there is a key
  };

  explicit Verifier(Options options) : options_(std::move(options)) {}

  void read(const std::string& path);
  // What can be said only of the whole.
  void finish();

  const std::vector<Finding>& findings() const { return findings_; }
  std::uint64_t findingsLeftOut() const { return left_out_; }
  const std::vector<Finding>& notes() const { return notes_; }
  const Summary& summary() const { return summary_; }

 private:
  // Lines in a row that are not sealed.
  struct Unsealed {
    std::uint64_t first_line = 0, lines = 0, bytes = 0;
    Hasher hasher;
  };

  void readHead();
  void readLines(std::istream& in);
  void follow(std::istream& in);
  void readLine(std::string_view line, bool ended);
  void readSealed(const SealedLine& line);
  void readBegin(const SealedLine& line);
  void checkFirst(std::uint64_t seq);
  void checkDoubt(const SealedLine& line, std::string_view doubt);
  void checkOrder(const SealedLine& line);
  bool checkSignature(const SealedLine& line, bool needed);
  void learnKey(const SealedLine& line);
  void endUnsealed(const SealedLine* begin);
  bool isHeadSigned();
  std::string headNotSigned() const { return head_path_ + " is not signed by the key of the log"; }
  void checkHead();
  void checkEmpty();
  void checkCovered();
  bool isKeyKnown() const { return !options_.keys.empty() || summary_.key; }
  bool isSigned(const Hash& hash, const Signature& signature);
  void find(std::uint64_t line, std::string text);
  void note(std::uint64_t line, std::string text) { notes_.push_back({path_, line, std::move(text)}); }

  const Options options_;
  std::string path_;
  std::uint64_t line_ = 0;         // in the file
  std::string open_;               // its last line, when there is no line feed yet
  bool first_in_file_ = true;      // no sealed line of it was seen
  std::optional<Position> last_;
  std::optional<Unsealed> unsealed_;
  std::optional<Head> head_;
  std::string head_path_, head_problem_;
  bool head_is_broken_ = false;  // there, and not as it was written
  std::optional<Hash> hash_at_head_;  // of the line that the head names
  bool head_is_later_ = false;  // than the lines that were there when it was read: what it does not know came since
  std::vector<Finding> findings_, notes_;
  std::uint64_t left_out_ = 0, bytes_ = 0;
  Summary summary_;
};

}  // namespace kavro::audit
