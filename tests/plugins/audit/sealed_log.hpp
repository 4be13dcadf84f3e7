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

  // One life of a server: a `start`, `events` lines, a `stop`, through the writer.
  void write(int events, const std::string& name = "log") {
    Seal seal({path(name), key_.get(), std::chrono::hours(1)}, [](const std::string& what) { ADD_FAILURE() << what; });
    LineWriter writer({.flush_interval = std::chrono::milliseconds(0)}, lineOfLoss,
                      [](const std::string& what) { ADD_FAILURE() << what; }, &seal);
    writer.append(ownLine("start"));
    writer.start(LineTarget::file(path(name)));
    for (int i = 0; i < events; ++i) writer.append(ownLine("login", {{"number", std::to_string(i)}}));
    writer.append(ownLine("stop"));
    writer.stop();
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

  Verdict verify(const std::vector<std::string>& names = {"log"}, std::vector<PublicKey> keys = {}) const {
    Verifier::Options options;
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
