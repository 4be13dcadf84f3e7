// A plugin with commands.
#include <stdexcept>

#include <kavro/plugin.hpp>

class Teller : public kavro::Plugin {
 public:
  explicit Teller(kavro::Host&) {}

  static int runCommand(const kavro::Command& command) {
    if (command.name() == "throw") throw std::runtime_error("something is amiss");
    if (command.name() == "fail") return command.usage("fail needs nothing, and gets it");
    for (const std::string& argument : command.arguments()) command.output(argument + "\n");
    return KAVRO_COMMAND_OK;
  }
};

KAVRO_PLUGIN(Teller)
