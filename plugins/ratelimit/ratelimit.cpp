// The plugin: counts each request against the rules that match it, before the handler runs.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <kavro/client_address.hpp>
#include <kavro/plugin.hpp>
#include <kavro/services/limiter.hpp>

#include "rate_limit_fields.hpp"
#include "rule_book.hpp"
#include "rule_set.hpp"

namespace kavro::ratelimit {

class RateLimit : public Plugin {
 public:
  explicit RateLimit(Host& host)
      : host_(host),
        limiter_(host.service<Limiter>()),
        ipv6Prefix_(static_cast<unsigned>(host.settings().integer("ipv6_prefix"))),
        book_(rulesOf(host.settings().family("rule"),
                      host.settings().boolean("defaults") ? Defaults::kOn : Defaults::kOff)),
        refused_(countersOf(host, book_)) {
    host.filter(Phase::kAdmit, [this](const Request& request) { return admit(request); });
    host.filter(Phase::kAuthorise, [this](const Request& request) { return authorise(request); });
  }

  void start() override {
    if (book_.rules().empty()) {
      host_.log().warning("no rule is set and the defaults are off: nothing is limited");
      return;
    }
    std::string names;
    for (const Rule& rule : book_.rules()) names.append(names.empty() ? "" : ", ").append(rule.name);
    host_.log().information("rules: " + names);
  }

 private:
  using Answer = std::optional<Response>;

  // A label needs values; without rules nothing is refused.
  static std::optional<Counters> countersOf(Host& host, const RuleBook& book) {
    if (book.rules().empty()) return std::nullopt;
    return host.metrics().counter("refused", "Requests that were answered with 429", {"rule", names(book)});
  }
  static std::vector<std::string> names(const RuleBook& book) {
    std::vector<std::string> names;
    for (const Rule& rule : book.rules()) names.push_back(rule.name);
    return names;
  }

  const Selection* find(const Request& request) const {
    return book_.find(request.method(), request.route(), request.path());
  }

  Task<Answer> admit(const Request& request) {
    const Selection* selection = find(request);
    if (!selection) return Task<Answer>::ready(std::nullopt);
    request.addField("RateLimit-Policy", selection->policy);
    if (selection->byAddress.empty()) return Task<Answer>::ready(std::nullopt);
    return count(request, selection->byAddress, clientOf(request.address(), ipv6Prefix_));
  }

  Task<Answer> authorise(const Request& request) {
    if (!request.principal()) return Task<Answer>::ready(std::nullopt);
    const Selection* selection = find(request);
    if (!selection || selection->byUser.empty()) return Task<Answer>::ready(std::nullopt);
    return count(request, selection->byUser, std::to_string(request.principal()->id));
  }

  // A hit against each rule, in order; the first that is full answers. A limiter that cannot decide throws, and the
  // manifest's on_failure decides.
  Task<Answer> count(const Request& request, const std::vector<const Rule*>& rules, std::string who) {
    std::string states;
    for (const Rule* rule : rules) {
      const std::string key = "ratelimit:" + rule->name + ":" + who;
      const LimitDecision decision = co_await limiter_.hit(key, rule->limit);
      appendState(states, *rule, decision.remaining, decision.reset);
      if (decision.allowed) continue;
      (*refused_)[static_cast<size_t>(rule - book_.rules().data())].add();
      request.addField("RateLimit", states);
      const bool isFirst = co_await isFirstDenial(key, decision.reset);
      if (isFirst) host_.emit(Event("limit", "blocked").from(request).detail("rule", rule->name));
      const std::string seconds = std::to_string(wholeSeconds(decision.reset));
      co_return Response::problem(429, "Rate limit exceeded. Try again in " + seconds + " seconds.")
          .field("Retry-After", seconds);
    }
    request.addField("RateLimit", states);
    co_return std::nullopt;
  }

  // One event per key and window, so that who floods the server does not flood the audit log: the first denial takes
  // the one hit of a second key, which ends with the first. Where that cannot be counted, the event is left out.
  Task<bool> isFirstDenial(const std::string& key, std::chrono::milliseconds reset) {
    try {
      const LimitDecision decision =
          co_await limiter_.hit(key + ":denied", {1, std::max(reset, std::chrono::milliseconds(1))});
      co_return decision.allowed;
    } catch (const Error&) {
      co_return false;
    }
  }

  Host& host_;
  const Limiter limiter_;
  const unsigned ipv6Prefix_;
  const RuleBook book_;
  const std::optional<Counters> refused_;  // in the order of the rules
};

}  // namespace kavro::ratelimit

KAVRO_PLUGIN(kavro::ratelimit::RateLimit)
