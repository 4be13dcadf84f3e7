// The command line of the demo client.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace kavro::demo_client {

struct Options {
  std::string url = "https://localhost:8443";
  std::filesystem::path trusted = "var/tls/localhost.crt";
  std::filesystem::path keys = "var/demo";
  std::string suffix;
  std::string text = "Hi Bob! Lunch at one, the usual place? Alice";
  bool help = false;
};

inline constexpr std::size_t kTextBytesMax = 64 * 1024;

// What `--help` prints.
extern const char* const kUsage;

// `arguments` without the program's name. Nothing when they are wrong; `problem` then says how, in one line.
std::optional<Options> parseOptions(std::span<const char* const> arguments, std::string& problem);

}  // namespace kavro::demo_client
