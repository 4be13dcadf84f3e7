// What a check of one field says: the value as it is stored, or the reason to refuse it.
#pragma once

#include <string>
#include <utility>

namespace kavro::keys {

struct Checked {
  std::string value;
  std::string reason;  // a phrase for the client that can follow "identity_pubkey: "; empty when the value is good

  bool ok() const { return reason.empty(); }

  static Checked good(std::string value) { return {std::move(value), {}}; }
  static Checked refused(std::string reason) { return {{}, std::move(reason)}; }
};

}  // namespace kavro::keys
