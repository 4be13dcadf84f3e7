// The demo itself: Alice writes to Bob through the server, and Bob reads it.
// One thread. Throws Failure when any step fails; returning means that Bob read exactly what Alice wrote.
#pragma once

#include <string>

#include "api_client.hpp"
#include "key_store.hpp"
#include "transcript.hpp"

namespace kavro::demo_client {

// `text` is what Alice writes; `suffix` is appended to the user names alice_demo and bob_demo.
void converse(const std::string& text, const std::string& suffix, ApiClient& api, KeyStore& keys,
              Transcript& transcript);

}  // namespace kavro::demo_client
