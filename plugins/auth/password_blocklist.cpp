#include "password_blocklist.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <kavro/error.hpp>

#include "password_rules.hpp"
#include "password_text.hpp"

namespace kavro::auth {

PasswordBlocklist::PasswordBlocklist(const std::string& path) {
  crypto_shorthash_keygen(key_.data());
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw Error(Status::kInvalid, "password_blocklist: " + path + ": " + std::generic_category().message(errno) +
                                      "; expected a text file with a password a line");
  }
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string where = "password_blocklist: " + path + ":" + std::to_string(++number) + ": ";
    if (number > kLinesMax)
      throw Error(Status::kInvalid,
                  where + "is one line too many, at most " + std::to_string(kLinesMax) + " are taken");
    if (line.size() > kPasswordBytesMax) {
      throw Error(Status::kInvalid, where + "has " + std::to_string(line.size()) +
                                        " bytes, more than a password can "
                                        "have: is it a list of passwords?");
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) hashes_.push_back(hash(foldedPassword(line)));
  }
  if (in.bad() || !in.eof()) throw Error(Status::kInvalid, "password_blocklist: " + path + ": cannot be read");
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  hashes_.shrink_to_fit();
}

std::uint64_t PasswordBlocklist::hash(std::string_view folded) const {
  std::array<unsigned char, crypto_shorthash_BYTES> digest;
  crypto_shorthash(digest.data(), reinterpret_cast<const unsigned char*>(folded.data()), folded.size(), key_.data());
  std::uint64_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

bool PasswordBlocklist::contains(std::string_view folded) const {
  return !hashes_.empty() && std::binary_search(hashes_.begin(), hashes_.end(), hash(folded));
}

}  // namespace kavro::auth
