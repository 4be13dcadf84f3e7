// Commands of a plugin: `kavro audit verify FILE` calls the library's class, of which no instance is made.
//
//   class Audit : public kavro::Plugin {
//    public:
//     static int runCommand(const kavro::Command& command) {  // found by KAVRO_PLUGIN
//       if (command.arguments().size() != 1) return command.usage("verify needs a file");
//       command.output("ok\n");
//       return KAVRO_COMMAND_OK;
//     }
//
// and in the manifest: "commands": {"verify": "Looks for lines that were changed"}. See abi/command.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kavro/abi/command.h>
#include <kavro/text.hpp>

namespace kavro {

class Command {
 public:
  explicit Command(const kavro_command* abi) : abi_(abi) {
    for (size_t i = 0; i < abi->argument_count; ++i) arguments_.emplace_back(fromAbi(abi->arguments[i]));
  }

  std::string_view name() const { return fromAbi(abi_->name); }
  const std::vector<std::string>& arguments() const { return arguments_; }

  void output(std::string_view text) const { abi_->write_output(abi_->user, toAbi(text)); }
  void error(std::string_view text) const { abi_->write_error(abi_->user, toAbi(text)); }
  // Says what makes no sense; the exit code for it.
  int usage(std::string_view problem) const {
    error(std::string(problem) + "\n");
    return KAVRO_COMMAND_USAGE;
  }

 private:
  const kavro_command* abi_;
  std::vector<std::string> arguments_;
};

}  // namespace kavro
