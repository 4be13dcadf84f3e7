#include "options.hpp"

#include <map>
#include <string_view>

namespace kavro::demo_client {

const char* const kUsage = R"(Usage: demo_client [OPTION=VALUE]...

Alice writes to Bob, end-to-end encrypted, through a running Kavro server.
  --url URL        the server                              (https://localhost:8443)
  --ca FILE        the certificate to trust, PEM           (var/tls/localhost.crt)
  --keys FOLDER    where key pairs and passwords are kept  (var/demo)
  --message TEXT   what Alice writes, up to 64 KiB
  --suffix TEXT    use the names alice_demoTEXT and bob_demoTEXT
  --help           this text
Exits with 0 when Bob read exactly what Alice wrote, 1 when not, 64 when the command line is wrong.
)";

std::optional<Options> parseOptions(std::span<const char* const> arguments, std::string& problem) {
  Options options;
  std::string trusted;
  std::string keys;
  const std::map<std::string_view, std::string*> known = {{"--url", &options.url},
                                                          {"--ca", &trusted},
                                                          {"--keys", &keys},
                                                          {"--message", &options.text},
                                                          {"--suffix", &options.suffix}};
  for (std::size_t index = 0; index < arguments.size(); ++index) {
    const std::string_view argument = arguments[index];
    if (argument == "--help" || argument == "-h") {
      options.help = true;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const auto option = known.find(argument.substr(0, equals));
    if (option == known.end()) {
      problem = "unknown argument '" + std::string(argument) + "'; see --help";
      return std::nullopt;
    }
    if (equals != std::string_view::npos) {
      *option->second = argument.substr(equals + 1);
    } else if (index + 1 < arguments.size()) {
      *option->second = arguments[++index];
    } else {
      problem = std::string(argument) + " needs a value; see --help";
      return std::nullopt;
    }
    if (option->second->empty() && option->first != "--suffix") {
      problem = std::string(option->first) + " must not be empty; see --help";
      return std::nullopt;
    }
  }
  if (options.suffix.find('/') != std::string::npos) {
    problem = "--suffix becomes part of user and file names; it cannot hold a '/'";
    return std::nullopt;
  }
  if (options.text.size() > kTextBytesMax) {
    problem = "--message takes up to 64 KiB";
    return std::nullopt;
  }
  if (!trusted.empty()) options.trusted = trusted;
  if (!keys.empty()) options.keys = keys;
  return options;
}

}  // namespace kavro::demo_client
