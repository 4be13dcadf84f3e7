// kavro.identity/1 for coroutines: co_await identity.findUser(7).
#pragma once

#include <optional>
#include <string>

#include <kavro/abi/services/identity.h>
#include <kavro/error.hpp>
#include <kavro/task.hpp>
#include <kavro/text.hpp>

namespace kavro {

struct Principal {
  int64_t id;
  std::string name;
};

class Identity {
 public:
  using Table = kavro_identity_v1;
  static constexpr const char* kId = KAVRO_IDENTITY;

  explicit Identity(const Table* table) : table_(table) {}

  class Call : public Callback<Call> {
   public:
    Call(const Table* table, int64_t id) : table_(table), id_(id) {}
    Call(const Table* table, std::string_view token) : table_(table), token_(token) {}

    void start() {
      if (token_) return table_->find_token(table_->self, toAbi(*token_), done, this);
      table_->find_user(table_->self, id_, done, this);
    }
    // Nothing: there is no such user, or the token is not valid. Throws Error(kUnavailable) when nobody can say.
    std::optional<Principal> await_resume() {
      if (status_ == KAVRO_NOT_FOUND) return std::nullopt;
      check(status_, "who that is cannot be told now");
      return std::move(principal_);
    }

   private:
    static void done(void* user, kavro_status status, const kavro_principal* principal) {
      Call& self = *static_cast<Call*>(user);
      self.status_ = status;
      if (principal) self.principal_ = Principal{principal->id, std::string(fromAbi(principal->name))};
      self.finish();
    }

    const Table* table_;
    int64_t id_ = 0;
    std::optional<std::string_view> token_;
    kavro_status status_ = KAVRO_ERROR;
    std::optional<Principal> principal_;
  };

  Call findUser(int64_t id) const { return Call(table_, id); }
  // `token` lives until the co_await has returned.
  Call findToken(std::string_view token) const { return Call(table_, token); }

 private:
  const Table* table_;
};

}  // namespace kavro
