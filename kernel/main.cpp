// kavro: see commands/program.hpp for what it can be told, commands/plugin_command.hpp for what plugins add to that, and
// commands/run.cpp for the parts that serve.
#include <exception>
#include <iostream>

#include <Poco/Exception.h>

#include "kernel/commands/exit_code.hpp"
#include "kernel/commands/plugin_command.hpp"
#include "kernel/commands/program.hpp"
#include "kernel/commands/standard_descriptors.hpp"
#include "kernel/host/memory_reserve.hpp"

int main(int argc, char** argv) {
  kavro::commands::openStandardDescriptors();
  const kavro::host::MemoryReserve memory;
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (const auto call = kavro::commands::findPluginCommand(words, kavro::config::Environment::ofProcess())) {
      return kavro::commands::runPluginCommand(*call, std::cout, std::cerr);
    }
    kavro::commands::Program program;
    program.init(argc, argv);
    return program.run();
  } catch (const Poco::Exception& error) {  // of the option parser
    std::cerr << "kavro: " << error.displayText() << "\nTry: kavro --help\n";
    return kavro::commands::kExitUsage;
  } catch (const std::exception& error) {  // no memory, most likely
    std::cerr << "kavro: " << error.what() << '\n';
    return kavro::commands::kExitFailure;
  }
}
