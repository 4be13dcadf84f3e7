#include "kernel/http/server_names.hpp"

#include "kernel/http/characters.hpp"

namespace kavro::http {

namespace {

constexpr CharacterTable kNameCharacter =
    makeTable([](unsigned c) { return isAlpha(c) || isDigit(c) || (c != 0 && isOneOf(c, "-_.")); });

std::size_t number(std::string_view two_bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(two_bytes[0])) << 8 |
         static_cast<unsigned char>(two_bytes[1]);
}

}  // namespace

std::optional<std::string_view> serverNameOf(std::string_view extension) {
  constexpr std::size_t kBefore = 5;
  if (extension.size() <= kBefore || number(extension) != extension.size() - 2 || extension[2] != 0) return {};
  const std::string_view name = extension.substr(kBefore);
  if (number(extension.substr(3)) != name.size() || name.size() > kServerNameBytesMax) return {};
  if (!allOf(kNameCharacter, name)) return {};
  return name;
}

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = isUpper(static_cast<unsigned char>(c)) ? static_cast<char>(c + 32) : c;
  return lower;
}

std::optional<std::size_t> ServerNames::find(std::string_view host) const {
  const std::string name = lowerCase(host);
  auto found = names_.find(name);
  if (found == names_.end()) {
    const std::size_t dot = name.find('.');
    if (dot == 0 || dot == std::string::npos) return {};
    found = names_.find("*" + name.substr(dot));
  }
  if (found == names_.end()) return {};
  return found->second;
}

}  // namespace kavro::http
