#include "kernel/registry/manifest.hpp"

#include <kavro/abi/base.h>
#include <kavro/abi/database.h>
#include <kavro/abi/events.h>
#include <kavro/abi/http.h>
#include <kavro/abi/json.h>
#include <kavro/abi/log.h>
#include <kavro/abi/plugin.h>
#include <kavro/abi/services.h>
#include <kavro/abi/settings.h>
#include <kavro/abi/work.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>

#include "kernel/config/did_you_mean.hpp"
#include "kernel/config/configuration_file.hpp"
#include "kernel/config/problem.hpp"
#include "kernel/config/schema_reader.hpp"
#include "kernel/registry/elf_section.hpp"

namespace kavro::registry {
namespace {

using config::inQuotes;

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kSummaryBytesMax = 200;

const std::vector<std::string> kMembers{"name",     "version",  "abi",      "summary",    "licence",
                                        "provides", "requires", "optional", "on_failure", "commands", "settings"};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// "1.2.3": three numbers without leading zeros.
bool isVersion(std::string_view text) {
  int parts = 0;
  while (true) {
    auto end = std::min(text.find('.'), text.size());
    std::string_view part = text.substr(0, end);
    bool number = !part.empty() && part.size() <= 9 && std::all_of(part.begin(), part.end(), isDigit);
    if (!number || (part.size() > 1 && part[0] == '0')) return false;
    ++parts;
    if (end == text.size()) return parts == 3;
    text.remove_prefix(end + 1);
  }
}

// "kavro.identity/1"
bool isServiceId(std::string_view text) {
  auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || text.size() > 64) return false;
  std::string_view word = text.substr(0, slash), version = text.substr(slash + 1);
  bool letters = std::all_of(word.begin(), word.end(),
                             [](char c) { return (c >= 'a' && c <= 'z') || isDigit(c) || c == '-' || c == '.'; });
  return letters && !version.empty() && version.size() <= 4 && version[0] != '0' &&
         std::all_of(version.begin(), version.end(), isDigit);
}

// JSON allows a name twice in an object; which one counts would be a guess. Depth is bounded by the parser.
void findRepeatedNames(const simdjson::dom::element& value, Reasons& reasons) {
  simdjson::dom::object object;
  simdjson::dom::array array;
  if (value.get(object) == simdjson::SUCCESS) {
    std::set<std::string_view> seen;
    for (auto [name, member] : object) {
      if (!seen.insert(name).second) reasons.push_back("the manifest has " + inQuotes(name) + " twice in one object");
      findRepeatedNames(member, reasons);
    }
  } else if (value.get(array) == simdjson::SUCCESS) {
    for (const simdjson::dom::element& element : array) findRepeatedNames(element, reasons);
  }
}

class ManifestReader {
 public:
  ManifestReader(std::string_view name, Reasons& reasons) : expected_name_(name), reasons_(reasons) {}

  Manifest read(const simdjson::dom::object& members) {
    // The members of another ABI's manifest may be others: that is the only thing to say then.
    if (!checkAbi(members)) return {};
    for (auto [name, value] : members) member(name, value);
    for (const char* needed : {"name", "version", "summary", "licence"}) {
      if (!has(members, needed)) flaw(inQuotes(needed) + " is missing");
    }
    checkServices();
    return std::move(manifest_);
  }

 private:
  void flaw(const std::string& text) { reasons_.push_back("the manifest: " + text); }

  static bool has(const simdjson::dom::object& members, std::string_view name) {
    return members.at_key(name).error() == simdjson::SUCCESS;
  }

  bool checkAbi(const simdjson::dom::object& members) {
    std::int64_t abi = 0;
    if (!has(members, "abi")) {
      flaw("\"abi\" is missing; kavro_add_plugin() fills it in");
    } else if (members.at_key("abi").get(abi) != simdjson::SUCCESS) {
      flaw("\"abi\" must be a whole number");
    } else if (abi != KAVRO_ABI) {
      reasons_.push_back("built for ABI " + std::to_string(abi) + ", this server speaks ABI " +
                         std::to_string(KAVRO_ABI) + "; rebuild it with this server's SDK or use a server of that ABI");
    } else {
      return true;
    }
    return false;
  }

  void member(std::string_view name, const simdjson::dom::element& value) {
    if (name == "name") {
      manifest_.name = string(name, value);
      if (value.is_string() && manifest_.name != expected_name_) {
        flaw("\"name\" is " + inQuotes(manifest_.name) + " and the file is called " + std::string(expected_name_) +
             ".so; they must agree");
      }
    } else if (name == "version") {
      manifest_.version = string(name, value);
      if (value.is_string() && !isVersion(manifest_.version)) {
        flaw("\"version\" is " + inQuotes(manifest_.version) + "; expected three numbers such as 1.0.0");
      }
    } else if (name == "summary") {
      manifest_.summary = line(name, value);
    } else if (name == "licence") {
      manifest_.licence = line(name, value);
    } else if (name == "provides") {
      manifest_.provides = services(name, value);
    } else if (name == "requires") {
      manifest_.requires_ = services(name, value);
    } else if (name == "optional") {
      manifest_.optional = services(name, value);
    } else if (name == "on_failure") {
      std::string policy = string(name, value);
      if (value.is_string() && policy != "open" && policy != "closed") {
        flaw("\"on_failure\" is " + inQuotes(policy) + "; expected open or closed");
      }
      manifest_.on_failure = policy == "open" ? OnFailure::kOpen : OnFailure::kClosed;
    } else if (name == "commands") {
      commands(value);
    } else if (name == "settings") {
      settings(value);
    } else if (name != "abi") {
      flaw(inQuotes(name) + " is no member of a manifest" + config::didYouMean(name, kMembers));
    }
  }

  std::string string(std::string_view name, const simdjson::dom::element& value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) flaw(inQuotes(name) + " must be a string");
    return std::string(text);
  }

  // Text that is put in front of people: one line of a bearable length.
  std::string line(std::string_view name, const simdjson::dom::element& value) {
    std::string text = string(name, value);
    bool control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (value.is_string() && (text.empty() || control || text.size() > kSummaryBytesMax)) {
      flaw(inQuotes(name) + " must be one line of at most " + std::to_string(kSummaryBytesMax) + " bytes");
    }
    return text;
  }

  std::vector<std::string> services(std::string_view name, const simdjson::dom::element& value) {
    std::vector<std::string> ids;
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS) {
      flaw(inQuotes(name) + " must be an array of services such as [\"kavro.identity/1\"]");
      return ids;
    }
    for (const simdjson::dom::element& element : array) {
      std::string_view id;
      if (element.get(id) != simdjson::SUCCESS || !isServiceId(id)) {
        flaw(inQuotes(name) + " has an element that is no service's id such as \"kavro.identity/1\"");
      } else if (std::find(ids.begin(), ids.end(), id) != ids.end()) {
        flaw(inQuotes(name) + " has " + std::string(id) + " twice");
      } else {
        ids.emplace_back(id);
      }
    }
    return ids;
  }

  void commands(const simdjson::dom::element& value) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return flaw("\"commands\" must be an object");
    for (auto [name, summary] : object) {
      if (!config::isName(std::string(name))) {
        flaw("\"commands\" has " + inQuotes(name) + ", which is no name: lower-case letters, digits and -");
      }
      manifest_.commands.push_back({std::string(name), line("commands." + std::string(name), summary)});
    }
  }

  void settings(const simdjson::dom::element& value) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return flaw("\"settings\" must be an object");
    std::vector<std::string> flaws;
    manifest_.settings = config::readSchema(object, flaws);
    for (const std::string& text : flaws) flaw(text);
  }

  void checkServices() {
    auto contains = [](const std::vector<std::string>& ids, const std::string& id) {
      return std::find(ids.begin(), ids.end(), id) != ids.end();
    };
    for (const std::string& id : manifest_.provides) {
      if (contains(kernelServices(), id)) flaw("provides " + id + ", which is the server's own");
      if (contains(manifest_.requires_, id) || contains(manifest_.optional, id)) {
        flaw("provides " + id + " and also needs it");
      }
    }
    for (const std::string& id : manifest_.optional) {
      if (contains(manifest_.requires_, id)) flaw(id + " is required and also optional");
    }
  }

  std::string_view expected_name_;
  Reasons& reasons_;
  Manifest manifest_;
};

}  // namespace

std::variant<Manifest, Reasons> parseManifest(std::string_view json, std::string_view name) {
  Reasons reasons;
  simdjson::dom::parser parser(kManifestBytesMax);
  simdjson::dom::element root;
  // Depth first: allocate() is what bounds it.
  if (parser.allocate(kManifestBytesMax, kDepthMax) != simdjson::SUCCESS) {
    return Reasons{"the manifest: there is no memory to read it"};
  }
  if (auto error = parser.parse(json.data(), json.size()).get(root); error != simdjson::SUCCESS) {
    return Reasons{std::string("the manifest is not valid JSON: ") + simdjson::error_message(error)};
  }
  simdjson::dom::object members;
  if (root.get(members) != simdjson::SUCCESS) return Reasons{"the manifest is JSON, but no object"};
  findRepeatedNames(root, reasons);
  if (!reasons.empty()) return reasons;
  Manifest manifest = ManifestReader(name, reasons).read(members);
  if (!reasons.empty()) return reasons;
  manifest.json = json;
  return manifest;
}

std::variant<Manifest, Reasons> readManifest(const std::string& path) {
  std::filesystem::path file(path);
  std::string name = file.stem().string();
  if (file.extension() != ".so" || !config::isName(name)) {
    return Reasons{
        "is no name of a plugin's library; those are NAME.so, where NAME is lower-case letters, digits and -"};
  }
  auto section = readElfSection(path, KAVRO_MANIFEST_SECTION, kManifestBytesMax);
  if (auto* why = std::get_if<std::string>(&section)) return Reasons{std::move(*why)};
  return parseManifest(std::get<SectionContent>(section).bytes, name);
}

const std::vector<std::string>& kernelServices() {
  static const std::vector<std::string> ids{KAVRO_DATABASE, KAVRO_EVENTS,   KAVRO_HTTP, KAVRO_JSON,  KAVRO_LOG,
                                            KAVRO_SERVICES, KAVRO_SETTINGS, KAVRO_WORK, KAVRO_TIMERS};
  return ids;
}

}  // namespace kavro::registry
