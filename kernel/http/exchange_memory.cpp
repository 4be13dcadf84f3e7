// What an exchange does with memory that there may not be: what plugins ask of it, and an end without any.
#include <new>

#include <kavro/text.hpp>

#include "kernel/http/connection.hpp"
#include "kernel/http/exchange.hpp"
#include "kernel/http/reactor.hpp"
#include "kernel/http/response_writer.hpp"

namespace kavro::http {

namespace {

constexpr std::size_t kAllocateBytesMax = 64 * 1024;
constexpr std::string_view kNoMemory =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

bool Exchange::mayHoldBody() {
  const std::size_t memory = parser_.bodyMemory();
  if (memory <= kBodyBytesFree || memory <= body_memory_) return true;
  const std::size_t more = memory - body_memory_;
  Reactor::Shared& shared = reactor_.shared();
  const std::uint64_t before = shared.body_bytes.fetch_add(more, std::memory_order_relaxed);
  if (before + more <= reactor_.options().body_memory_max) {
    body_memory_ = memory;
    return true;
  }
  shared.body_bytes.fetch_sub(more, std::memory_order_relaxed);
  if (shared.bodies_said.due(reactor_.now())) {
    shared.log.warning("http", "requests are refused with 503: bodies take " + std::to_string(before) +
                                   " bytes, and [http] body_memory_max is " +
                                   std::to_string(reactor_.options().body_memory_max));
  }
  refuse(503, "The server holds as much of requests as it can. Try again.",
         {{toAbi("Retry-After"), toAbi(kRetryAfterSeconds)}});
  return false;
}

// Which part of its way the request was on does not matter: somebody else has it, or nobody needs it any more.
void Exchange::giveUp() noexcept {
  reactor_.ranOutOfMemory();
  advancing_ = false;
  if (!finishing_) {
    const Holder holder = holderOf(state_.load(std::memory_order_acquire));
    const bool with_another = holder == Holder::kAnswered || holder == Holder::kResumed || holder == Holder::kExpired;
    // Another thread was quicker; what it gave is on its way.
    if (with_another || (holder == Holder::kPlugin && !hand(Holder::kPlugin, Holder::kAnswered))) return;
  }
  setHolder(Holder::kAnswered);
  ifPossible([this] { endTrial(PluginCalls::Trial::kUndecided); });
  if (connection_ && !written_) {
    ifPossible([this] { connection_->output() += kNoMemory; });
  }
  keep_alive_ = false;
  response_ = nullptr;
  finishing_ = false;
  answered_ = true;
  if (!running_) return;
  running_ = false;
  ReactorCounters::subtract(reactor_.counters().running);
}

void Exchange::checkMemory() const {
  if (no_memory_) throw std::bad_alloc();
}

void Exchange::write(const kavro_response& response, const ResponseFrame& frame) {
  std::string& output = connection_->output();
  const std::size_t before = output.size();
  try {
    writeResponse(output, response, frame);
  } catch (const std::bad_alloc&) {
    output.resize(before);  // no part of an answer
    throw;
  }
  written_ = true;
}

kavro_status Exchange::addField(std::string_view name, std::string_view value) {
  if (!whyInvalid(name, value).empty()) return KAVRO_INVALID;
  try {
    pending_.lines.append(name).append(": ").append(value).append("\r\n");
    pending_.names.emplace_back(name);
    return KAVRO_OK;
  } catch (const std::bad_alloc&) {
    no_memory_ = true;  // an answer must not go without it
    return KAVRO_UNAVAILABLE;
  }
}

// In memory of its own each time: should the exchange expire, its successor reads the principal of before.
kavro_status Exchange::setPrincipal(std::int64_t id, std::string_view name) {
  try {
    void* const memory = arena_.allocate(sizeof(kavro_principal), alignof(kavro_principal));
    request_.principal = new (memory) kavro_principal{sizeof(kavro_principal), id, toAbi(arena_.copy(name))};
    return KAVRO_OK;
  } catch (const std::bad_alloc&) {
    no_memory_ = true;
    return KAVRO_UNAVAILABLE;
  }
}

void* Exchange::allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes > kAllocateBytesMax || alignment > alignof(std::max_align_t)) return nullptr;
  try {
    return arena_.allocate(bytes, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace kavro::http
