// One thing that is wrong with the configuration, worded for the operator.
//
// Nothing in kernel/config stops at the first problem: functions append to a list, so that one run of `kavro check`
// shows everything there is to mend. The value of a setting of type secret never gets into a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kavro::config {

enum class Severity {
  kError,    // the configuration is refused
  kWarning,  // it works, but the operator should know: a secret that everybody can read
};

struct Problem {
  std::string where;  // "conf/kavro.ini:14", "conf/kavro.ini", "environment", "--set auth.token_ttl", a library's path
  std::string message;  // "[auth] token_tll: no such setting; did you mean token_ttl?"
  Severity severity = Severity::kError;

  // "conf/kavro.ini:14: [auth] token_tll: no such setting; did you mean token_ttl?"
  std::string text() const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

// How many of them are errors.
std::size_t countErrors(const Problems& problems);

// For messages: the text in double quotes, control characters and quotes escaped, cut after 60 bytes.
std::string inQuotes(std::string_view text);

// "a", "a and b", "a, b and c"; with "or" likewise. Empty for none.
std::string listed(const std::vector<std::string>& words, std::string_view conjunction = "and");

}  // namespace kavro::config
