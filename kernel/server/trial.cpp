#include "kernel/server/trial.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <thread>

#include <Poco/Net/SSLManager.h>

#include "kernel/database/database.hpp"
#include "kernel/host/json_member.hpp"
#include "kernel/host/plugin_host.hpp"
#include "kernel/http/file_descriptor.hpp"
#include "kernel/registry/generation.hpp"
#include "kernel/server/json_text.hpp"

extern char** environ;

namespace kavro::server {

namespace {

using http::FileDescriptor;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReportBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kErrorsBytesMax = 4 * 1024;

// A database that is not there: a plugin that is being created must not need one.
class NoDatabase final : public database::Database {
 public:
  void migrate(std::span<const database::Migration>) override {}
  void read(kavro_session_fn, kavro_done_fn done, void* user) override { done(user, KAVRO_UNAVAILABLE); }
  void write(kavro_session_fn, kavro_done_fn done, void* user) override { done(user, KAVRO_UNAVAILABLE); }
  void writeStatement(const kavro_statement&, kavro_done_fn done, void* user) override { done(user, KAVRO_UNAVAILABLE); }
  void stop() override {}
  database::Statistics statistics() const override { return {}; }
  bool isAvailable() const override { return false; }
};

void put(const std::string& line) { std::cout << line << std::endl; }

// The child and the ends of its pipes. Killed and collected with the object.
class Child {
 public:
  Child(std::vector<std::string> arguments) {
    int output[2], errors[2];
    if (::pipe2(output, O_CLOEXEC) != 0) throw std::runtime_error(std::strerror(errno));
    output_ = FileDescriptor(output[0]);
    const FileDescriptor output_end(output[1]);
    if (::pipe2(errors, O_CLOEXEC) != 0) throw std::runtime_error(std::strerror(errno));
    errors_ = FileDescriptor(errors[0]);
    const FileDescriptor errors_end(errors[1]);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output_end.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, errors_end.get(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const int error = ::posix_spawn(&process_, "/proc/self/exe", &files, &attributes, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
      process_ = -1;
      throw std::runtime_error(std::strerror(error));
    }
  }
  ~Child() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Until it ends. False: it took too long.
  bool readAll(std::string& output, std::string& errors, Clock::time_point deadline) {
    pollfd entries[2] = {{output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}};
    std::string* const texts[2] = {&output, &errors};
    while (entries[0].fd >= 0 || entries[1].fd >= 0) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return false;
      const int ready = ::poll(entries, 2, static_cast<int>(left));
      if (ready < 0 && errno != EINTR) return false;
      for (int i = 0; ready > 0 && i < 2; ++i) {
        if (entries[i].fd < 0 || entries[i].revents == 0) continue;
        char buffer[16 * 1024];
        const ssize_t count = ::read(entries[i].fd, buffer, sizeof buffer);
        if (count <= 0) {
          entries[i].fd = -1;
        } else if (texts[i]->size() < kReportBytesMax) {
          texts[i]->append(buffer, static_cast<std::size_t>(count));
        }
      }
    }
    return true;
  }

  // Its wait status, after it has closed its output.
  int wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

 private:
  pid_t process_ = -1;
  FileDescriptor output_{-1}, errors_{-1};
};

std::vector<std::string> argumentsOf(const registry::CompositionSource& source, TrialKind kind) {
  std::vector<std::string> arguments{"kavro", "trial", "--config", source.file};
  if (kind == TrialKind::kProbe) arguments.push_back("--probe");
  for (const std::string& set : source.set) {
    arguments.push_back("--set");
    arguments.push_back(set);
  }
  return arguments;
}

std::string lastLines(std::string errors) {
  while (!errors.empty() && errors.back() == '\n') errors.pop_back();
  if (errors.size() > kErrorsBytesMax) errors.erase(0, errors.size() - kErrorsBytesMax);
  return errors;
}

}  // namespace

TrialResult tryOut(const registry::CompositionSource& source, TrialKind kind, std::chrono::milliseconds patience) {
  TrialResult result;
  std::string output, errors, last = "none yet";
  try {
    Child child(argumentsOf(source, kind));
    const bool ended = child.readAll(output, errors, Clock::now() + patience);
    bool complete = false;
    for (std::size_t at = 0; at < output.size();) {
      const std::size_t end = std::min(output.find('\n', at), output.size());
      readJson(std::string_view(output).substr(at, end - at), [&](JsonValue line) {
        if (line.find("plugin")) last = host::textOf(line, "plugin");
        if (line.find("why")) result.why = host::textOf(line, "why");
        if (const auto probes = line.find("probes")) {
          probes->eachElement([&](JsonValue item) {
            const auto text = [&](std::string_view name) { return host::textOf(item, name); };
            const auto good = item.find("good");
            result.probes.push_back({text("plugin"), text("what"), text("detail"), text("remedy"),
                                     good && good->boolean().value_or(false)});
          });
        }
        if (line.find("routes")) {
          result.outline = registry::Outline::read(line);
          complete = true;
        }
      });
      at = end + 1;
    }
    if (!ended) {
      result.why = "plugin " + last + ": it was not there within probe_timeout (" +
                   std::to_string(patience.count()) + " ms)";
      return result;
    }
    const int status = child.wait();
    if (!result.why.empty() || complete) return result;
    result.why = "plugin " + last + ": its process ended " +
                 (WIFSIGNALED(status) ? std::string("by signal ") + std::to_string(WTERMSIG(status)) + " (" +
                                            ::strsignal(WTERMSIG(status)) + ")"
                                      : "with status " + std::to_string(WEXITSTATUS(status))) +
                 " while it was loaded and created";
    if (const std::string said = lastLines(errors); !said.empty()) result.why += "; it said: " + said;
  } catch (const std::runtime_error& error) {
    result.why = std::string("a process for trying the plugins cannot be started: ") + error.what();
  }
  return result;
}

int runTrial(const registry::Composition& composition, TrialKind kind) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for the report of an orphan
  signal(SIGPIPE, SIG_IGN);
  Poco::Net::initializeSSL();
  host::Log log(host::Log::Level::kWarning);
  host::Parts parts;
  NoDatabase database;
  host::WorkPool workers({"workers", 1, 16, 0});
  host::Facilities facilities(log, database, workers, parts);
  registry::Libraries libraries;
  std::string line;
  try {
    const registry::Generation generation(composition, facilities, libraries, nullptr, {}, [](const std::string& name) {
      std::string text;
      JsonWriter(text).beginObject().key("plugin").string(name).endObject();
      put(text);
    });
    if (kind == TrialKind::kProbe) {
      std::string text;
      JsonWriter writer(text);
      writer.beginObject().key("probes").beginArray();
      for (const auto& instance : generation.instances()) {
        for (const auto& item : instance->probe()) {
          writer.beginObject().key("plugin").string(instance->name()).key("what").string(item.what);
          writer.key("good").boolean(item.good).key("detail").string(item.detail);
          writer.key("remedy").string(item.remedy).endObject();
        }
      }
      writer.endArray().endObject();
      put(text);
    }
    JsonWriter writer(line);
    writer.beginObject();
    registry::Outline::of(generation).write(writer);
    writer.endObject();
  } catch (const std::exception& error) {
    line.clear();
    JsonWriter(line).beginObject().key("why").string(error.what()).endObject();
  }
  put(line);
  return 0;
}

}  // namespace kavro::server
