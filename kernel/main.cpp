// kavro: see commands/program.hpp for what it can be told, and commands/run.cpp for the parts that serve.
#include <iostream>

#include <Poco/Exception.h>

#include "kernel/commands/exit_code.hpp"
#include "kernel/commands/program.hpp"

int main(int argc, char** argv) {
  try {
    kavro::commands::Program program;
    program.init(argc, argv);
    return program.run();
  } catch (const Poco::Exception& error) {  // of the option parser
    std::cerr << "kavro: " << error.displayText() << "\nTry: kavro --help\n";
    return kavro::commands::kExitUsage;
  }
}
