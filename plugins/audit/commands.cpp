#include "commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "verifier.hpp"

namespace kavro::audit {
namespace {

constexpr std::string_view kVerifyHelp =
    R"(usage: kavro audit verify [--public-key KEY]... [--from SEQ] [--signed-from SEQ]
                          [--head HEAD | --no-head] FILE...

Looks whether a log that the plugin audit wrote is as it was written: each line follows from the one before it, and the
signatures are right and cover all of it. Says where a line was changed, removed, moved, put in, or cut off at either end.
Several files, of logrotate say, are given in the order in which they were written: audit.jsonl.2 audit.jsonl.1 audit.jsonl

  --public-key KEY  64 hexadecimal digits, or a file that holds them: the signatures have to be this key's; may be
                    repeated. Without it the key that the log itself names is believed, which somebody could have
                    changed together with all the rest
  --from SEQ        the log begins with this sequence: what was before it is in files that are not kept. Otherwise lines
                    that are missing at the beginning are a problem
  --signed-from SEQ the log was begun without a key, and goes on with one from the line with this sequence, which the
                    server logged then: before it nothing has to be signed
  --head HEAD       the last file's record of its last line, when that is not FILE.head
  --no-head         the last file is kept without it, as logrotate leaves it: that it was cut off behind one of its
                    signatures cannot be told then

Exit codes: 0 it is as it was written, 1 it is not, or could not be read, 64 the command line makes no sense.
)";

constexpr std::string_view kKeyHelp =
    R"(usage: kavro audit public-key FILE

Prints the public key, for verify --public-key, that belongs to the signing key in FILE: the 64 hexadecimal digits that
[audit] signing_key_file names. Make one with: openssl rand -hex 32
)";

bool isHelp(const std::string& word) { return word == "--help" || word == "-h"; }

std::string contentOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + " cannot be opened");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);  // npos + 1 is 0
  return text;
}

// KEY of the command line.
PublicKey readPublicKey(const std::string& text) {
  if (const auto key = bytesOf<sizeof(PublicKey)>(text, Digits::kAny)) return *key;
  const auto key = bytesOf<sizeof(PublicKey)>(trimmed(contentOf(text)), Digits::kAny);
  if (!key) {
    throw std::runtime_error(text + ": expected 64 hexadecimal digits, as kavro audit public-key prints them");
  }
  return *key;
}

// How far it is, to somebody who looks at a terminal.
class Progress {
 public:
  explicit Progress(const Command& command) : command_(command), wanted_(::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (shown_) command_.error("\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void operator()(std::uint64_t bytes) {
    const auto now = std::chrono::steady_clock::now();
    if (!wanted_ || now - told_at_ < std::chrono::seconds(1)) return;
    told_at_ = now;
    shown_ = true;
    command_.error("\r" + std::to_string(bytes >> 20) + " MiB were read");
  }

 private:
  const Command& command_;
  const bool wanted_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point told_at_ = std::chrono::steady_clock::now();
};

std::string textOf(const Finding& finding, std::string_view kind) {
  std::string text = finding.file;
  if (finding.line > 0) text += ":" + std::to_string(finding.line);
  return text.append(": ").append(kind).append(finding.text) + "\n";
}

int report(const Command& command, const Verifier& verifier, bool key_given) {
  for (const Finding& note : verifier.notes()) command.output(textOf(note, "note: "));
  for (const Finding& finding : verifier.findings()) command.error(textOf(finding, ""));
  if (verifier.findingsLeftOut() > 0) {
    command.error("and " + std::to_string(verifier.findingsLeftOut()) + " more\n");
  }
  const Verifier::Summary& summary = verifier.summary();
  std::string text = std::to_string(summary.lines) + " lines";
  if (summary.first_seq > 0) {
    text += ", sequence " + std::to_string(summary.first_seq) + " to " + std::to_string(summary.last_seq);
  }
  if (summary.signed_seq > 0 && summary.key) {
    text += ", signed up to " + std::to_string(summary.signed_seq) + " by " + hexOf(*summary.key) +
            (key_given ? "" : " (the log says so itself: compare, or give --public-key)");
  } else {
    text += ", not signed: who can write to the log could have made all of it anew";
  }
  command.output(text + "\n");
  const auto problems = verifier.findings().size() + verifier.findingsLeftOut();
  if (problems == 0) {
    command.output("ok: it is as it was written\n");
    return KAVRO_COMMAND_OK;
  }
  command.error(std::to_string(problems) + (problems == 1 ? " problem\n" : " problems\n"));
  return KAVRO_COMMAND_FAILED;
}

// SEQ of the command line.
std::uint64_t readSequence(const std::string& option, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw std::runtime_error(option + " " + text + ": expected the number of a line, such as 301");
}

int verify(const Command& command) {
  Verifier::Options options;
  std::vector<std::string> files;
  const std::vector<std::string>& words = command.arguments();
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (isHelp(words[i])) return command.output(kVerifyHelp), KAVRO_COMMAND_OK;
    const bool is_sequence = words[i] == "--from" || words[i] == "--signed-from";
    const bool has_value = is_sequence || words[i] == "--public-key" || words[i] == "--head";
    if (has_value && i + 1 == words.size()) return command.usage(words[i] + " needs a value");
    if (words[i] == "--public-key") {
      options.keys.push_back(readPublicKey(words[++i]));
    } else if (words[i] == "--head") {
      options.head = words[++i];
    } else if (words[i] == "--no-head") {
      options.no_head = true;
    } else if (is_sequence) {
      auto& sequence = words[i] == "--from" ? options.from : options.signed_from;
      sequence = readSequence(words[i], words[i + 1]);
      ++i;
    } else if (words[i].starts_with('-') && words[i] != "-") {
      return command.usage("no such option: " + words[i] + "\nTry: kavro audit verify --help");
    } else {
      files.push_back(words[i]);
    }
  }
  if (files.empty()) return command.usage("verify needs a file\nTry: kavro audit verify --help");
  if (options.head && options.no_head) return command.usage("--head and --no-head: there is one, or none");
  const bool key_given = !options.keys.empty();
  Progress progress(command);
  options.progress = [&progress](std::uint64_t bytes) { progress(bytes); };
  Verifier verifier(std::move(options));
  for (const std::string& file : files) verifier.read(file);
  verifier.finish();
  return report(command, verifier, key_given);
}

int publicKey(const Command& command) {
  const std::vector<std::string>& words = command.arguments();
  if (words.size() == 1 && isHelp(words[0])) return command.output(kKeyHelp), KAVRO_COMMAND_OK;
  if (words.size() != 1) return command.usage("public-key needs a file\nTry: kavro audit public-key --help");
  std::string seed = contentOf(words[0]);
  const SigningKey key(seed);
  sodium_memzero(seed.data(), seed.size());
  command.output(hexOf(key.publicKey()) + "\n");
  return KAVRO_COMMAND_OK;
}

}  // namespace

int runCommand(const Command& command) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start: the system gives no random numbers");
  return command.name() == "verify" ? verify(command) : publicKey(command);
}

}  // namespace kavro::audit
