// The INI way of writing a configuration: what was read without a problem reads the same when it is written again, in
// both formats. Input: a configuration file.
#include "tests/fuzz/configuration_text.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kavro::config::Problems problems;
  const auto file = kavro::config::ConfigurationFile::parse(kavro::fuzz::textOf(data, size), "input.ini", problems);
  kavro::fuzz::checkReading(file, problems);
  if (problems.empty()) kavro::fuzz::checkRoundTrips(file);
  return 0;
}
