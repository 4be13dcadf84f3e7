// demo_client: Alice writes to Bob, end-to-end encrypted, through a running Kavro server. See --help.
#include <csignal>
#include <exception>
#include <iostream>
#include <span>

#include "api_client.hpp"
#include "conversation.hpp"
#include "https_client.hpp"
#include "key_store.hpp"
#include "options.hpp"
#include "transcript.hpp"

using namespace kavro::demo_client;

int main(int argument_count, char** arguments) {
  constexpr int kUsageStatus = 64;  // EX_USAGE of sysexits.h
  std::signal(SIGPIPE, SIG_IGN);    // a connection that the server closed is an error to report, not the end
  try {
    std::string problem;
    const auto all = std::span<const char* const>(arguments, static_cast<std::size_t>(argument_count));
    const std::optional<Options> options = parseOptions(all.empty() ? all : all.subspan(1), problem);
    if (!options) {
      std::cerr << "demo_client: " << problem << '\n';
      return kUsageStatus;
    }
    if (options->help) {
      std::cout << kUsage;
      return 0;
    }
    Transcript transcript(std::cout);
    HttpsClient http(options->url, options->trusted,
                     [&](const std::string& method, const std::string& path, const Answer& answer) {
                       transcript.exchange(method, path, answer.status, answer.reason);
                     });
    ApiClient api(http);
    KeyStore keys(options->keys);
    converse(options->text, options->suffix, api, keys, transcript);
    return 0;
  } catch (const std::exception& problem) {  // Failure, or what a library threw
    std::cerr << "demo_client: " << problem.what() << '\n';
    return 1;
  }
}
