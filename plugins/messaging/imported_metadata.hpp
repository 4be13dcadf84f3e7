// The metadata of a message of the Python service, as it is to be stored here.
//
//   NULL, null          none
//   "gAAAA..."          a string with a Fernet token: the token as it is, when what it holds is JSON or cannot be read
//   "..."               another string: the JSON in it; when there is none, the string
//   anything else       itself
//
// What is no strict JSON (Python writes NaN, and reads a name that occurs twice) becomes a string that holds it, so
// that nothing is lost and no list of messages is broken. What comes in the clear is encrypted where kavro.cipher/1 is
// there.
//
// Threads: any. Errors: Error when the cipher fails.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kavro/request.hpp>
#include <kavro/services/field_cipher.hpp>

namespace kavro::messaging {

class ImportedMetadata {
 public:
  struct Stored {
    std::optional<FieldCipher::Sealed> metadata;
    std::string_view remark;  // for the report; may be empty
  };

  // Both outlive it.
  ImportedMetadata(const Host& host, const FieldCipher& cipher);

  Stored take(std::optional<std::string_view> json) const;
  // A token of kavro.cipher/1, as a Kavro like this one keeps it.
  Stored takeToken(std::optional<std::string_view> token) const;

 private:
  // The value as compact JSON; nothing when the text is no JSON.
  std::optional<std::string> compact(std::string_view text) const;
  // The string that the text is as JSON.
  std::optional<std::string> findString(std::string_view text) const;
  Stored seal(std::string_view json, std::string_view remark = {}) const;

  const Request::Tables& tables_;
  const FieldCipher& field_;
  const std::optional<Cipher> cipher_;
};

}  // namespace kavro::messaging
