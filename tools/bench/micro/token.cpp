// A bearer token, seen for the first time and remembered.
#include <sodium.h>

#include <stdexcept>

#include <kavro/host.hpp>

#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/principal_cache.hpp"
#include "plugins/auth/token_signer.hpp"
#include "plugins/auth/token_verifier.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/servers.hpp"

namespace kavro::micro {

namespace {

using Clock = std::chrono::system_clock;

constexpr std::chrono::hours kTimeToLive{24};
constexpr std::size_t kRememberedMax = 10'000;  // as [auth] token_cache_max

class FirstTime final : public Piece {
 public:
  explicit FirstTime(const kavro_host* host)
      : host_(host),
        keys_(std::make_unique<auth::HmacKey>("0123456789abcdef0123456789abcdef")),
        verifier_(keys_, host_.tables(), std::chrono::milliseconds(0)),
        token_(auth::TokenSigner(keys_.current(), kTimeToLive).sign(42, Clock::now())) {}

  void run(std::size_t times) override {
    for (std::size_t i = 0; i < times; ++i) {
      if (!verifier_.verify(token_, Clock::now()).claims) throw std::logic_error("a good token was refused");
    }
  }

 private:
  const Host host_;
  const auth::TokenKeys keys_;
  const auth::TokenVerifier verifier_;
  const std::string token_;
};

class Remembered final : public Piece {
 public:
  Remembered() : cache_(kRememberedMax, kRememberedMax) {
    const auth::HmacKey key("0123456789abcdef0123456789abcdef");
    const auto now = Clock::now();
    token_ = auth::TokenSigner(key, kTimeToLive).sign(42, now);
    cache_.rememberToken(token_, {42, "alice_from_the_demo"}, auth::unixSeconds(now + kTimeToLive));
  }

  void run(std::size_t times) override {
    for (std::size_t i = 0; i < times; ++i) {
      if (!cache_.findToken(token_, Clock::now())) throw std::logic_error("a token was not remembered");
    }
  }

 private:
  auth::PrincipalCache cache_;
  std::string token_;
};

Entry token(std::string name, std::function<std::unique_ptr<Piece>(Servers&)> make) {
  Entry entry;
  entry.name = std::move(name);
  entry.make = [make = std::move(make)](Servers& servers) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
    return make(servers);
  };
  return entry;
}

}  // namespace

void addToken(std::vector<Entry>& entries) {
  entries.push_back(token(
      "Token/first", [](Servers& servers) { return std::make_unique<FirstTime>(servers.bundled().hostOf("auth")); }));
  entries.push_back(token("Token/remembered", [](Servers&) { return std::make_unique<Remembered>(); }));
}

}  // namespace kavro::micro
