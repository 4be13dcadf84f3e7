// What an operator asks of a running server through its control socket: any line has an answer of one line of JSON. The
// commands that read files and start processes are left out. Input: the line.
#include "kernel/server/control.hpp"

#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"
#include "tests/fuzz/running_service.hpp"

using kavro::fuzz::require;
using namespace kavro;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::RunningService running("[plugins]\n");
  const std::string_view line = fuzz::textOf(data, size);
  const fuzz::ParsedJson request(line);
  if (request) {
    const auto command = request.root().find("command");
    const auto word = command ? command->string() : std::nullopt;
    if (word == "reload" || word == "plan") return 0;
  }
  const std::string answer = server::answerControl(running.service(), line);
  require(answer.find('\n') == std::string::npos, "one line", answer);
  const fuzz::ParsedJson parsed(answer);
  require(static_cast<bool>(parsed), "JSON", answer);
  const auto ok = parsed.root().find("ok");
  require(ok && ok->boolean(), "to be told whether it was done", answer);
  require(request || !*ok->boolean(), "nothing to be done for what is no JSON", answer);
  return 0;
}
