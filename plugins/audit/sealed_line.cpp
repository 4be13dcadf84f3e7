#include "sealed_line.hpp"

#include <charconv>

namespace kavro::audit {
namespace {

constexpr std::string_view kMac = ",\"mac\":\"";
constexpr std::string_view kSeq = ",\"seq\":";
constexpr std::string_view kHash = ",\"hash\":\"";
constexpr std::string_view kSignature = ",\"signature\":\"";
constexpr std::size_t kMacDigits = 2 * sizeof(Mac);
constexpr std::size_t kHashDigits = 2 * sizeof(Hash);
constexpr std::size_t kSignatureDigits = 2 * sizeof(Signature);
constexpr std::uint64_t kSeqMax = 1'000'000'000'000'000'000;  // so that there is always a next one

// Takes `"` and before it `name` and as many digits off the end of `text`.
std::optional<std::string_view> takeDigits(std::string_view& text, std::string_view name, std::size_t digits) {
  const std::size_t size = name.size() + digits + 1;
  if (text.size() < size || text.back() != '"') return std::nullopt;
  const std::string_view member = text.substr(text.size() - size);
  if (!member.starts_with(name)) return std::nullopt;
  text.remove_suffix(size);
  return member.substr(name.size(), digits);
}

std::optional<std::uint64_t> readNumber(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool plain = !digits.empty() && digits.front() != '0';
  if (error != std::errc() || end != digits.data() + digits.size() || !plain) return std::nullopt;
  return number;
}

}  // namespace

void appendSealed(std::string_view line, const std::optional<Mac>& mac, Position& position, std::string& out) {
  const std::size_t begin = out.size();
  out.append(line.substr(0, line.size() - 1));
  if (mac) out.append(kMac).append(hexOf(*mac)) += '"';
  out.append(kSeq).append(std::to_string(++position.seq));
  position.hash = Hasher().add(position.hash).add(std::string_view(out).substr(begin)).finish();
  out.append(kHash).append(hexOf(position.hash)) += '"';
}

void endSealed(const std::optional<Signature>& signature, std::string& out) {
  if (signature) out.append(kSignature).append(hexOf(*signature)) += '"';
  out += "}\n";
}

std::optional<SealedLine> SealedLine::read(std::string_view line) {
  if (!line.ends_with('}') || !line.starts_with('{')) return std::nullopt;
  line.remove_suffix(1);
  SealedLine sealed;
  if (const auto digits = takeDigits(line, kSignature, kSignatureDigits)) {
    sealed.signature = bytesOf<sizeof(Signature)>(*digits);
    if (!sealed.signature) return std::nullopt;
  }
  const auto digits = takeDigits(line, kHash, kHashDigits);
  const auto hash = digits ? bytesOf<sizeof(Hash)>(*digits) : std::nullopt;
  const std::size_t seq_at = line.rfind(kSeq);
  if (!hash || seq_at == std::string_view::npos) return std::nullopt;
  const auto seq = readNumber(line.substr(seq_at + kSeq.size()));
  if (!seq || *seq > kSeqMax) return std::nullopt;
  sealed.text = line;
  sealed.body = line.substr(0, seq_at);
  if (const auto mac = takeDigits(sealed.body, kMac, kMacDigits)) sealed.mac = bytesOf<sizeof(Mac)>(*mac);
  sealed.hash = *hash;
  sealed.seq = *seq;
  return sealed;
}

std::optional<std::string_view> findText(std::string_view line, std::string_view name) {
  const std::string begin = ",\"" + std::string(name) + "\":\"";
  const std::size_t at = line.find(begin);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + begin.size());
  const std::size_t end = line.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  return line.substr(0, end);
}

std::optional<std::uint64_t> findNumber(std::string_view line, std::string_view name) {
  const auto text = findText(line, name);
  return text ? readNumber(*text) : std::nullopt;
}

}  // namespace kavro::audit
