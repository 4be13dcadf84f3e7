#include "kernel/commands/control.hpp"

#include <filesystem>
#include <iomanip>
#include <ostream>
#include <stdexcept>

#include "kernel/commands/exit_code.hpp"
#include "kernel/host/json_member.hpp"
#include "kernel/server/control_socket.hpp"
#include "kernel/server/json_text.hpp"
#include "kernel/server/low_priority.hpp"

namespace kavro::commands {

namespace {

using host::textOf;

// A plan and a reload try plugins out, which may take probe_timeout; migrations may take longer.
constexpr std::chrono::seconds kLongPatience{600};
constexpr std::chrono::seconds kShortPatience{30};

std::int64_t numberOf(JsonValue object, std::string_view name) {
  const auto found = object.find(name);
  return found ? found->integer().value_or(0) : 0;
}

bool flagOf(JsonValue object, std::string_view name) {
  const auto found = object.find(name);
  return found && found->boolean().value_or(false);
}

template <class Visit>
void each(JsonValue object, std::string_view name, Visit visit) {
  if (const auto found = object.find(name)) found->eachElement(visit);
}

std::string socketOf(const registry::CompositionSource& source, const ControlOptions& options) {
  if (!options.socket.empty()) return options.socket;
  // Also of a configuration with mistakes: the server will say which.
  const registry::CompositionResult composed = registry::compose(source);
  if (!composed.control.empty()) return composed.control;
  throw std::runtime_error(source.file + ": the control socket cannot be read from it; name it: --socket PATH" +
                           (composed.problems.empty() ? "" : "\n" + composed.problems[0].text()));
}

// Asks, and lets `show` print what the server said when it did what was asked.
template <class Show>
int ask(const registry::CompositionSource& source, const ControlOptions& options, const std::string& request,
        std::chrono::seconds patience, std::ostream& output, std::ostream& error, Show show) {
  server::lowerPriority();  // the server that is asked may be busy on this machine
  std::string answer;
  try {
    answer = server::askServer(socketOf(source, options), request, patience);
  } catch (const std::runtime_error& problem) {
    error << "kavro: " << problem.what() << '\n';
    return kExitFailure;
  }
  int status = kExitFailure;
  const bool understood = server::readJson(answer, [&](JsonValue root) {
    status = flagOf(root, "ok") ? kExitOk : kExitConfiguration;
    each(root, "warnings", [&](JsonValue warning) { error << warning.string().value_or("") << '\n'; });
    each(root, "problems", [&](JsonValue problem) { error << problem.string().value_or("") << '\n'; });
    if (options.json) {
      output << answer << '\n';
    } else if (status == kExitOk) {
      show(root);
    }
  });
  if (!understood) error << "kavro: the server's answer is no JSON; is it of another version?\n";
  return status;
}

std::string requestOf(std::string_view command, const registry::CompositionSource& source) {
  std::error_code ignored;
  const std::string file = std::filesystem::absolute(source.file, ignored).lexically_normal().string();
  std::string request;
  JsonWriter(request).beginObject().key("command").string(command).key("file").string(file).endObject();
  return request;
}

std::ostream& row(std::ostream& output, std::string_view label) {
  return output << "  " << std::left << std::setw(11) << label;
}

void showSettings(JsonValue root, std::string_view member, bool live, std::string_view label, std::ostream& output) {
  each(root, member, [&](JsonValue setting) {
    if (flagOf(setting, "live") != live) return;
    const std::string origin = textOf(setting, "origin");
    row(output, label) << '[' << textOf(setting, "section") << "] " << textOf(setting, "key")
                       << (origin.empty() ? "" : "   " + origin) << '\n';
  });
}

// True when something was shown.
bool showChange(JsonValue root, std::ostream& output) {
  std::size_t kept = 0, others = 0;
  each(root, "plugins", [&](JsonValue plugin) {
    const std::string fate = textOf(plugin, "fate"), why = textOf(plugin, "why");
    const bool policy = flagOf(plugin, "policy_changed");
    if (fate == "kept" && !policy) {
      ++kept;
      return;
    }
    ++others;
    row(output, policy ? "changed" : fate) << textOf(plugin, "name") << (why.empty() ? "" : "   " + why)
                                           << (policy ? "   its failure policy or log level" : "") << '\n';
  });
  row(output, "kept") << kept << (kept == 1 ? " plugin" : " plugins") << '\n';
  const auto list = [&](std::string_view member, std::string_view label) {
    each(root, member, [&](JsonValue text) {
      ++others;
      row(output, label) << text.string().value_or("") << '\n';
    });
  };
  list("opened", "listen");
  list("closed", "close");
  list("routes_added", "route +");
  list("routes_removed", "route -");
  showSettings(root, "settings", true, "setting", output);
  return others > 0;
}

void showFilters(JsonValue root, std::ostream& output) {
  const auto line = [&](std::string_view member, std::string_view label) {
    if (!root.find(member)) return;
    std::string text;
    each(root, member, [&](JsonValue filter) {
      text += (text.empty() ? "" : " -> ") + std::string(filter.string().value_or(""));
    });
    row(output, label) << text << '\n';
  };
  line("filters_before", "filters -");
  line("filters_after", "filters +");
}

}  // namespace

int reload(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
           std::ostream& error) {
  const int status = ask(source, options, requestOf("reload", source), kLongPatience, output, error,
                         [&](JsonValue root) {
                           output << "generation " << numberOf(root, "generation") << ", after "
                                  << numberOf(root, "took_ms") << " ms\n";
                           showChange(root, output);
                           showSettings(root, "pending", false, "at restart", output);
                         });
  if (status == kExitConfiguration) error << "refused; the server goes on as it was\n";
  return status;
}

int plan(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
         std::ostream& error) {
  return ask(source, options, requestOf("plan", source), kLongPatience, output, error, [&](JsonValue root) {
    output << "a reload would do this:\n";
    showChange(root, output);
    showFilters(root, output);
    showSettings(root, "settings", false, "at restart", output);
  });
}

int status(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
           std::ostream& error) {
  const std::string request = "{\"command\":\"status\"}";
  return ask(source, options, request, kShortPatience, output, error, [&](JsonValue root) {
    const auto line = [&](std::string_view label) -> std::ostream& {
      return output << std::left << std::setw(13) << label;
    };
    line("kavro") << textOf(root, "version") << ", process " << numberOf(root, "process") << ", up "
                  << textOf(root, "uptime") << ", " << textOf(root, "state") << '\n';
    line("file") << textOf(root, "file") << '\n';
    line("generation") << numberOf(root, "generation");
    if (const auto last = root.find("last_reload")) {
      output << ", " << textOf(*last, "time") << ": " << textOf(*last, "result");
    }
    output << '\n';
    each(root, "listen", [&](JsonValue address) { line("listen") << address.string().value_or("") << '\n'; });
    each(root, "admin", [&](JsonValue address) { line("[admin]") << address.string().value_or("") << '\n'; });
    line("connections") << numberOf(root, "connections") << ", requests in flight "
                        << numberOf(root, "requests_in_flight") << '\n';
    if (const auto database = root.find("database")) {
      line("database") << textOf(*database, "kind") << ", " << textOf(*database, "state") << ", writes waiting "
                       << numberOf(*database, "writes_waiting") << '\n';
    }
    each(root, "plugins", [&](JsonValue plugin) {
      line("plugin") << std::setw(18) << textOf(plugin, "name") << std::setw(9) << textOf(plugin, "version")
                     << textOf(plugin, "state");
      const std::string log = textOf(plugin, "log");
      output << (log.empty() ? "" : ", log " + log) << '\n';
      each(plugin, "health", [&](JsonValue item) {
        output << std::setw(15) << "" << (flagOf(item, "good") ? "ok   " : "AWAY ") << textOf(item, "what") << ": "
               << textOf(item, "detail") << '\n';
      });
    });
    showSettings(root, "pending", false, "at restart", output);
    const std::int64_t retired = numberOf(root, "retired_libraries");
    if (retired > 0) line("retired") << retired << " libraries, still mapped\n";
  });
}

int logLevels(const registry::CompositionSource& source, const ControlOptions& options, std::ostream& output,
              std::ostream& error) {
  std::string request;
  JsonWriter json(request);
  json.beginObject().key("command").string("log");
  if (!options.channel.empty()) {
    json.key("channel").string(options.channel).key("level").string(options.level);
  }
  json.endObject();
  return ask(source, options, request, kShortPatience, output, error, [&](JsonValue root) {
    each(root, "channels", [&](JsonValue channel) {
      output << std::left << std::setw(18) << textOf(channel, "name") << textOf(channel, "level")
             << (flagOf(channel, "chosen") ? " (chosen at run time)" : "") << '\n';
    });
  });
}

}  // namespace kavro::commands
