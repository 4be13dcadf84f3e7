// A pool of threads of the plugin's own, bounded in threads and in waiting jobs, for what blocks or computes.
//   const bool good = co_await pool.run([&] { return verify(hash, password); });
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <kavro/abi/work.h>
#include <kavro/error.hpp>
#include <kavro/task.hpp>

namespace kavro {

class Pool {
 public:
  Pool(const kavro_host* host, const kavro_work_v1* table, kavro_pool* pool)
      : host_(host), table_(table), pool_(pool) {}

  template <class Function>
  class Run : public Callback<Run<Function>> {
   public:
    using Result = std::invoke_result_t<Function&>;

    Run(const Pool& pool, Function function) : pool_(pool), function_(std::move(function)) {}

    void start() {
      const kavro_status status = pool_.table_->submit(
          pool_.host_, pool_.pool_,
          [](void* user) {
            Run& self = *static_cast<Run*>(user);
            try {
              self.result_.emplace(self.function_());
            } catch (...) {
              self.thrown_ = std::current_exception();
            }
            self.finish();
          },
          this);
      // Refused: nothing will call back. (Accepted: the job may be running, even done; touch nothing more.)
      if (status != KAVRO_OK) this->finish();
    }
    Result await_resume() {
      if (thrown_) std::rethrow_exception(thrown_);
      if (!result_) throw Error(Status::kUnavailable, "too many jobs are waiting");
      return std::move(*result_);
    }

   private:
    const Pool& pool_;
    Function function_;
    std::optional<Result> result_;
    std::exception_ptr thrown_;
  };

  // co_await run(f): f() on a thread of the pool, Result not void. Error(kUnavailable) when the queue is full.
  template <class Function>
  Run<Function> run(Function function) const {
    return Run<Function>(*this, std::move(function));
  }

 private:
  const kavro_host* host_;
  const kavro_work_v1* table_;
  kavro_pool* pool_;
};

}  // namespace kavro
