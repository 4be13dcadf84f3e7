// Gives a target the inputs of its corpus, one after the other: what finds a regression in every build, without clang.
//
//   fuzz_NAME PATH...     files, or folders with files; ends with 1 when there is none
//
// When an input fails, the program ends by a signal, having named it.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.hpp"

namespace {

// For the signal's handler, which can be given nothing.
const char* current_input = "";

void nameInput(int signal) {
  for (const char* text : {"while running ", current_input, "\n"}) {
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

std::vector<std::string> filesOf(int count, char** paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (int i = 1; i < count; ++i) {
    if (!fs::is_directory(paths[i])) {
      files.emplace_back(paths[i]);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(paths[i])) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int count, char** arguments) {
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(number, nameInput);
  const std::vector<std::string> files = filesOf(count, arguments);
  for (const std::string& name : files) {
    current_input = name.c_str();
    std::ifstream file(name, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) {
      std::cerr << name << ": cannot be read\n";
      return 1;
    }
    // A block of exactly this size, so that a sanitizer sees a read past it.
    const auto block = std::make_unique<std::uint8_t[]>(content.size());
    std::copy(content.begin(), content.end(), block.get());
    LLVMFuzzerTestOneInput(block.get(), content.size());
  }
  std::cout << files.size() << " inputs\n";
  return files.empty() ? 1 : 0;
}
