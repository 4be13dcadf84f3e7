// One run of a program from Debian's packages, with the rights of an ordinary user, in a folder of its own.
//
// Some of these programs refuse to run as root: root runs them as the user nobody, everybody else as themselves.
// Ownership: the program ends with the thread that started it, so with a test that crashes; and is killed with the
// object. Threads: one. Errors: std::runtime_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/services/process.hpp"

namespace kavro::testing {

// The program's path: of the folders named (the last, if `*` stands for several), the first that has it. Throws with
// the remedy when there is none.
std::string findProgram(const std::string& name, const std::vector<std::string>& folders);

// Gives a file or an empty folder to the user that the programs run as.
void giveToServiceUser(const std::filesystem::path& path);
// Writes a file that this user alone can read.
void writeServiceFile(const std::filesystem::path& path, const std::string& content);

// `command` as that user; it gets `death_signal` when the thread that starts it ends.
std::vector<std::string> asServiceUser(std::vector<std::string> command, int death_signal);

// A TCP port of the loopback interface that is free now, and that the system does not give to outgoing connections:
// so that a service finds its port again when it is started anew.
std::uint16_t findFreePort();

// Starts a service that says on its standard error when it is ready.
struct ServiceStart {
  std::string name;                  // for messages
  std::vector<std::string> command;  // started by asServiceUser()
  int death_signal;
  std::filesystem::path folder;
  std::string ready;  // what it writes then
  // What it writes when it could not start for a reason that goes away: it is started again until kPatience is over.
  std::string passing = "\x01";
};
// Nothing when the port was taken (the log says "Address already in use"); throws with the log when it does not start.
std::unique_ptr<Process> startService(const ServiceStart& start);

// Ends it: `number`, and SIGKILL for one that has not ended within kPatience. Nothing happens to one that has ended.
void endService(Process& process, int number);

}  // namespace kavro::testing
