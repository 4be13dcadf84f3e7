// The command line of `kavro`: which command, with which options.
#pragma once

#include <string>
#include <vector>

#include <Poco/Util/Application.h>

#include "kernel/commands/import.hpp"

namespace kavro::commands {

class Program final : public Poco::Util::Application {
 public:
  Program();

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  int main(const std::vector<std::string>& arguments) override;

 private:
  void onHelp(const std::string& name, const std::string& value);
  void onConfig(const std::string& name, const std::string& value);
  void onSet(const std::string& name, const std::string& value);
  void onImportOption(const std::string& name, const std::string& value);
  int usage(const std::string& problem) const;
  std::string importProblem();
  void printHelp() const;

  bool help_ = false;
  std::string file_;
  std::vector<std::string> set_;
  ImportOptions import_;
  std::string import_option_;  // one that was given, for complaining where it makes no sense
  std::string batch_;
};

}  // namespace kavro::commands
