// Raw requests and what must come of each under the default limits.
#pragma once

#include <string>
#include <vector>

namespace kavro::http {

inline constexpr int kAccepted = 0;     // complete, and every byte taken
inline constexpr int kIncomplete = -1;  // neither complete nor refused: more bytes could make it good

struct RequestRow {
  std::string name;  // with the section: RFC 9112 unless it says otherwise
  std::string raw;
  int status;  // kAccepted, kIncomplete, or the refusal
};

std::vector<RequestRow> requestLineRows();
std::vector<RequestRow> fieldRows();
std::vector<RequestRow> hostRows();
std::vector<RequestRow> framingRows();
std::vector<RequestRow> chunkedRows();
std::vector<RequestRow> allRows();

}  // namespace kavro::http
