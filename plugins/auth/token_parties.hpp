// Who makes tokens and for whom they are, where an operator says so. Plain values.
#pragma once

#include <string>

namespace kavro::auth {

struct TokenParties {
  std::string issuer;    // "iss"; empty: none is written, and any is taken
  std::string audience;  // "aud"; empty: none is written, and a token that has one is for somebody else
};

}  // namespace kavro::auth
