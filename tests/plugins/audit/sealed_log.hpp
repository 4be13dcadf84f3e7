// A log as the plugin writes it, in a folder of its own, and what verifying says of it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <kavro/line_writer.hpp>

#include "plugins/audit/line.hpp"
#include "plugins/audit/seal.hpp"
#include "plugins/audit/verifier.hpp"
#include "tests/sdk/temporary_folder.hpp"

namespace kavro::audit {

inline const std::string kSeed(64, 'a');
inline const std::string kOtherSeed(64, 'b');

struct Verdict {
  std::vector<std::string> findings;  // "3: was changed ..."
  std::vector<std::string> notes;
  Verifier::Summary summary;
};

class SealedLog {
 public:
  explicit SealedLog(const std::string& seed = kSeed) {
    if (!seed.empty()) key_ = std::make_unique<SigningKey>(seed);
  }

  std::string path(const std::string& name = "log") const { return folder_.file(name); }
  const SigningKey* key() const { return key_.get(); }

  void setKey(const std::string& seed) { key_ = seed.empty() ? nullptr : std::make_unique<SigningKey>(seed); }

  // One life of a server: a `start`, `events` lines, a `stop`, through the writer.
  void write(int events, const std::string& name = "log") {
    for (const std::string& what : writeReported(events, name)) ADD_FAILURE() << what;
  }
  // The same, and what the seal had to say to the operator.
  std::vector<std::string> writeReported(int events, const std::string& name = "log") {
    std::vector<std::string> reports;
    Seal seal({path(name), key_.get(), std::chrono::hours(1)},
              [&](const std::string& what) { reports.push_back(what); });
    LineWriter writer({.flush_interval = std::chrono::milliseconds(0)}, lineOfLoss,
                      [](const std::string& what) { ADD_FAILURE() << what; }, &seal);
    writer.append(ownLine("start"));
    writer.start(LineTarget::file(path(name)));
    for (int i = 0; i < events; ++i) writer.append(ownLine("login", {{"number", std::to_string(i)}}));
    writer.append(ownLine("stop"));
    writer.stop();
    return reports;
  }

  // What somebody can do who has no key: `lines` made anew, chained to `before`.
  static std::vector<std::string> forged(const std::vector<std::string>& lines, Position before) {
    std::vector<std::string> made;
    for (const std::string& line : lines) {
      std::string& text = made.emplace_back();
      appendSealed(line, std::nullopt, before, text);
      endSealed(std::nullopt, text);
      text.pop_back();
    }
    return made;
  }
  static Position positionOf(const std::string& line) {
    const auto sealed = SealedLine::read(line);
    return sealed ? Position{sealed->seq, sealed->hash} : Position{};
  }

  std::vector<std::string> lines(const std::string& name = "log") const {
    std::vector<std::string> lines;
    std::istringstream in(folder_.content(name));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  void put(const std::vector<std::string>& lines, const std::string& name = "log") const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    folder_.put(name, text);
  }
  const testing::TemporaryFolder& folder() const { return folder_; }

  Verdict verify(const std::vector<std::string>& names = {"log"}, std::vector<PublicKey> keys = {},
                 Verifier::Options options = {}) const {
    options.keys = std::move(keys);
    Verifier verifier(std::move(options));
    for (const std::string& name : names) verifier.read(path(name));
    verifier.finish();
    Verdict verdict;
    for (const Finding& finding : verifier.findings()) verdict.findings.push_back(textOf(finding));
    for (const Finding& note : verifier.notes()) verdict.notes.push_back(textOf(note));
    verdict.summary = verifier.summary();
    return verdict;
  }

 private:
  static std::string textOf(const Finding& finding) { return std::to_string(finding.line) + ": " + finding.text; }

  testing::TemporaryFolder folder_;
  std::unique_ptr<SigningKey> key_;
};

}  // namespace kavro::audit
