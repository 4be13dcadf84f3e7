#include "tools/bench/micro/requests.hpp"

namespace kavro::micro {

std::string sendRequest() {
  std::string request =
      "POST /api/v1/messages/ HTTP/1.1\r\n"
      "Host: localhost:8443\r\n"
      "User-Agent: python-requests/2.28.1\r\n"
      "Accept-Encoding: gzip, deflate\r\n"
      "Accept: */*\r\n"
      "Connection: keep-alive\r\n"
      "Authorization: Bearer ";
  request += std::string(36, 'h') + '.' + std::string(60, 'c') + '.' + std::string(43, 's');  // as long as a token is
  request += "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(kSendBody.size()) + "\r\n\r\n";
  request += kSendBody;
  return request;
}

std::string someBytes(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 % 256);
  return bytes;
}

}  // namespace kavro::micro
