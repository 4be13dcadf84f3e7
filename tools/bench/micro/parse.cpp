// Bytes -> request.
#include <stdexcept>

#include "kernel/http/parser.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/requests.hpp"

namespace kavro::micro {

namespace {

class Parse final : public Piece {
 public:
  explicit Parse(std::string text) : text_(std::move(text)), parser_(limits_) {}

  void run(std::size_t times) override {
    for (std::size_t i = 0; i < times; ++i) {
      std::size_t taken = parser_.feed(text_);
      parser_.acceptBody();
      if (taken < text_.size()) taken += parser_.feed(std::string_view(text_).substr(taken));
      if (parser_.state() != http::RequestParser::State::kComplete || taken != text_.size()) {
        throw std::logic_error("the request to parse was refused: " + std::string(parser_.why()));
      }
      parser_.reset();
    }
  }

 private:
  const std::string text_;
  const http::Limits limits_;
  http::RequestParser parser_;
};

Entry parse(std::string name, std::string text) {
  Entry entry;
  entry.name = std::move(name);
  entry.make = [text = std::move(text)](Servers&) { return std::make_unique<Parse>(text); };
  return entry;
}

}  // namespace

void addParse(std::vector<Entry>& entries) {
  entries.push_back(parse("Parse/get", std::string(kGetHealth)));
  entries.push_back(parse("Parse/post", sendRequest()));
}

}  // namespace kavro::micro
