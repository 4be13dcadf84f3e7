// Whose address a request comes from: addresses, prefixes, X-Forwarded-For, and how limits count an address. Input: a
// line with the trusted prefixes, then a line for each X-Forwarded-For field.
#include <stdexcept>
#include <string>
#include <vector>

#include <kavro/client_address.hpp>
#include <kavro/text.hpp>

#include "kernel/http/trusted_proxies.hpp"
#include "plugins/metrics/address_list.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::http;

namespace {

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (separators.find(c) != std::string_view::npos) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string written(const IpAddress& address) {
  IpAddress::Text buffer;
  return std::string(address.write(buffer));
}

void checkAddress(const std::string& text) {
  const auto address = IpAddress::parse(text);
  for (const unsigned bits : {1U, 56U, 64U, 127U, 128U}) {
    const std::string client = kavro::clientOf(text, bits);
    require(kavro::clientOf(client, bits) == client, "who is counted to be counted as the same", client);
    if (address && address->isV4()) require(client == written(*address), "an IPv4 address to count as such", client);
  }
  if (!address) return;
  const std::string canonical = written(*address);
  require(IpAddress::parse(canonical) == address, "an address to be read back", canonical);
}

std::vector<AddressPrefix> readPrefixes(std::string_view line, std::vector<std::string>& texts) {
  std::vector<AddressPrefix> prefixes;
  for (const std::string& word : split(line, " ")) {
    checkAddress(word);
    auto read = AddressPrefix::read(word);
    if (const auto* prefix = std::get_if<AddressPrefix>(&read)) {
      prefixes.push_back(*prefix);
      texts.push_back(word);
    } else {
      require(!std::get<std::string>(read).empty(), "a reason");
    }
  }
  return prefixes;
}

// [metrics] allow reads the same notation, and IPv4-mapped prefixes aside means the same by it.
void compareLists(const std::vector<AddressPrefix>& prefixes, const std::vector<std::string>& texts,
                  const IpAddress& address) {
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (texts[i].find(':') != std::string::npos && (address.isV4() || texts[i].find('.') != std::string::npos))
      continue;
    if (texts[i].find("ffff") != std::string::npos || texts[i].find("FFFF") != std::string::npos) continue;
    try {
      const kavro::metrics::AddressList list(texts[i]);
      require(list.contains(written(address)) == prefixes[i].contains(address), "both lists to agree", texts[i]);
    } catch (const std::invalid_argument&) {
      require(false, "what the server takes for a prefix to be one for metrics", texts[i]);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = kavro::fuzz::textOf(data, size);
  std::vector<std::string> texts;
  const std::vector<AddressPrefix> prefixes = readPrefixes(kavro::fuzz::takeLine(input), texts);
  const TrustedProxies proxies(prefixes);

  std::vector<kavro_field> fields;
  std::vector<std::string> hops;
  while (!input.empty()) {
    const std::string_view line = kavro::fuzz::takeLine(input);
    fields.push_back({kavro::toAbi("x-forwarded-for"), kavro::toAbi(line)});
    for (std::string& hop : split(line, ",")) hops.push_back(std::move(hop));
  }
  for (const std::string& hop : hops) checkAddress(hop);
  const auto client = proxies.findClient(fields);
  if (!client) return 0;

  compareLists(prefixes, texts, client->address);
  require(IpAddress::parse(written(client->address)) == client->address, "an address as the client");
  // Nothing in front of the first untrusted address from the end counts.
  if (!proxies.contains(client->address)) {
    std::vector<kavro_field> more{{kavro::toAbi("x-forwarded-for"), kavro::toAbi("198.51.100.77, unknown")}};
    more.insert(more.end(), fields.begin(), fields.end());
    require(proxies.findClient(more) == client, "what a client puts in front not to count");
  }
  return 0;
}
