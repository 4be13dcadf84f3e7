// The plugin: its settings, its parts and its routes.
#include <kavro/plugin.hpp>

#include "acknowledge.hpp"
#include <kavro/services/field_cipher.hpp>
#include "inbox.hpp"
#include "message_import.hpp"
#include "message_store.hpp"
#include "send.hpp"

namespace kavro::messaging {
namespace {

EphemeralKeyRule keyRule(const Settings& settings) {
  const KeyFormat format = settings.string("key_format") == "any" ? KeyFormat::kAny : KeyFormat::kX25519;
  return {format, settings.bytes("key_bytes_max")};
}

Inbox::Limits inboxLimits(const Settings& settings) {
  const Inbox::Limits limits{settings.integer("inbox_limit_default"), settings.integer("inbox_limit_max"),
                             settings.bytes("inbox_bytes_max")};
  if (limits.limit_default > limits.limit_max) {
    throw Error(Status::kInvalid, "inbox_limit_default is " + std::to_string(limits.limit_default) +
                                      ", expected at most inbox_limit_max, which is " +
                                      std::to_string(limits.limit_max) + ": lower the one or raise the other");
  }
  return limits;
}

// Of the routes that change something.
constexpr RouteOptions kChanges{.access = Access::kPrincipal, .conditions = Conditions::kHandler};

class Messaging : public Plugin {
 public:
  explicit Messaging(Host& host)
      : cipher_(host, "the metadata of a message"), store_(host), import_(host, cipher_) {
    const Settings& settings = host.settings();
    const Send::Limits limits{settings.bytes("ciphertext_bytes_max"), settings.bytes("metadata_bytes_max")};
    host.post("/messages/", Send(host, store_, cipher_, keyRule(settings), limits), kChanges);
    host.get("/messages/inbox", Inbox(host, store_, cipher_, inboxLimits(settings)), Access::kPrincipal);
    host.post("/messages/{id}/ack", Acknowledge(host, store_), kChanges);
  }

 private:
  FieldCipher cipher_;
  MessageStore store_;
  MessageImport import_;
};

}  // namespace
}  // namespace kavro::messaging

KAVRO_PLUGIN(kavro::messaging::Messaging)
