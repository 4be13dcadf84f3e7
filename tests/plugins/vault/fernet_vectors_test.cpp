// The vectors that are published with the Fernet specification.
#include <Poco/DateTimeParser.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "plugins/vault/base64url.hpp"
#include "plugins/vault/fernet.hpp"
#include "plugins/vault/key_ring.hpp"

namespace kavro::vault {
namespace {

std::filesystem::path vectorsFolder() {
  const char* given = std::getenv("KAVRO_VECTORS");
  const std::filesystem::path base =
      given ? given : std::filesystem::path(KAVRO_TEST_SOURCE).parent_path() / "shared" / "vectors";
  return base / "fernet";
}

class FernetVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(vectorsFolder())) {
      GTEST_SKIP() << "no published vectors in " << vectorsFolder() << "; set KAVRO_VECTORS to the folder above it";
    }
  }

  // Calls visit(object) for each vector of the file; a file without any fails the test.
  template <class Visit>
  void each(const std::string& file, Visit visit) {
    std::ifstream in(vectorsFolder() / file);
    Poco::JSON::Parser parser;
    const auto vectors = parser.parse(in).extract<Poco::JSON::Array::Ptr>();
    ASSERT_GT(vectors->size(), 0u) << file;
    for (unsigned i = 0; i < vectors->size(); ++i) visit(*vectors->getObject(i));
  }

  static std::string text(const Poco::JSON::Object& vector, const std::string& member) {
    return vector.getValue<std::string>(member);
  }
  static Key keyOf(const Poco::JSON::Object& vector) {
    auto key = Key::parse(text(vector, "secret"));
    if (!key) throw std::runtime_error("the vector's key cannot be read");
    return std::move(*key);
  }
  static std::chrono::sys_seconds timeOf(const Poco::JSON::Object& vector) {
    int zone_s = 0;
    const Poco::DateTime local = Poco::DateTimeParser::parse(text(vector, "now"), zone_s);
    return std::chrono::sys_seconds(std::chrono::seconds(local.timestamp().epochTime() - zone_s));
  }
};

TEST_F(FernetVectors, Generate) {
  each("generate.json", [](const Poco::JSON::Object& vector) {
    Fernet::Vector initial{};
    const auto numbers = vector.getArray("iv");
    ASSERT_EQ(initial.size(), numbers->size());
    for (unsigned i = 0; i < initial.size(); ++i) initial[i] = numbers->getElement<Poco::UInt8>(i);
    EXPECT_EQ(text(vector, "token"), Fernet(keyOf(vector)).encrypt(text(vector, "src"), timeOf(vector), initial));
  });
}

TEST_F(FernetVectors, Verify) {
  each("verify.json", [](const Poco::JSON::Object& vector) {
    EXPECT_EQ(text(vector, "src"), KeyRing::read(text(vector, "secret"), {}).decrypt(text(vector, "token")));
  });
}

// Two of the refusals are about the age of a token. Stored fields have none, so those two tokens, good but for their
// time, are opened (their text is empty); that exactly they are is part of the test.
TEST_F(FernetVectors, Invalid) {
  int refused = 0, opened = 0;
  each("invalid.json", [&](const Poco::JSON::Object& vector) {
    const std::string reason = text(vector, "desc");
    const auto plain = KeyRing::read(text(vector, "secret"), {}).decrypt(text(vector, "token"));
    if (reason == "far-future TS (unacceptable clock skew)" || reason == "expired TTL") {
      EXPECT_EQ("", plain) << reason;
      ++opened;
    } else {
      EXPECT_FALSE(plain) << reason;
      ++refused;
    }
  });
  EXPECT_EQ(2, opened);
  EXPECT_EQ(6, refused);
}

}  // namespace
}  // namespace kavro::vault
