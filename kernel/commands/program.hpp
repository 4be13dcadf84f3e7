// The command line of `kavro`: which command, with which options.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <Poco/Util/Application.h>

#include "kernel/commands/import.hpp"
#include "kernel/registry/composition.hpp"

namespace kavro::commands {

class Program final : public Poco::Util::Application {
 public:
  Program();

  // Among the words that are the first of a command line; see plugin_command.hpp for those that plugins add.
  static bool isCommand(const std::string& word);

 protected:
  void defineOptions(Poco::Util::OptionSet& options) override;
  int main(const std::vector<std::string>& arguments) override;

 private:
  void onHelp(const std::string& name, const std::string& value);
  void onConfig(const std::string& name, const std::string& value);
  void onSet(const std::string& name, const std::string& value);
  void onOption(const std::string& name, const std::string& value);

  int usage(const std::string& problem) const;
  bool has(const std::string& option) const { return given_.contains(option); }
  std::string valueOf(const std::string& option) const;
  int runCommand(const std::string& command, const registry::CompositionSource& source,
                 const std::vector<std::string>& arguments);
  int runCheck(const registry::CompositionSource& source);
  int runImport(const registry::CompositionSource& source);
  int runLog(const registry::CompositionSource& source, const std::vector<std::string>& arguments);
  std::string importProblem(ImportOptions& options) const;

  bool help_ = false;
  std::string file_;
  std::vector<std::string> set_;
  std::map<std::string, std::string> given_;  // the options of single commands
};

}  // namespace kavro::commands
