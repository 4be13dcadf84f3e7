#include "kernel/registry/manifest.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>

#include "elf_writer.hpp"
#include "kernel/registry/elf_section.hpp"
#include "tests/kernel/config/temporary_folder.hpp"

namespace kavro::registry {
namespace {

using testing::ElfOptions;
using testing::writeElf;

std::string modulePath(const std::string& name) { return std::string(KAVRO_TEST_MODULES) + "/" + name + ".so"; }

std::string contentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Reasons reasonsOf(const std::variant<Manifest, Reasons>& read) {
  const auto* reasons = std::get_if<Reasons>(&read);
  return reasons ? *reasons : Reasons{};
}

// The members that are always needed, and more: `"provides": []`.
std::string json(const std::string& more = "", const std::string& abi = "1") {
  return R"({"name": "x", "version": "1.0.0", "abi": )" + abi + R"(, "summary": "S", "licence": "MIT")" +
         (more.empty() ? "" : ", " + more) + "}";
}

Reasons reasonsOfJson(const std::string& text) { return reasonsOf(parseManifest(text, "x")); }

// A file that is altered in place: thousands of variants in little time.
class AlteredFile {
 public:
  AlteredFile(std::string path, std::string content) : path_(std::move(path)), content_(std::move(content)) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    write(0, content_);
  }
  ~AlteredFile() { ::close(file_); }
  AlteredFile(const AlteredFile&) = delete;
  AlteredFile& operator=(const AlteredFile&) = delete;

  std::size_t size() const { return content_.size(); }
  void set(std::size_t at, unsigned char byte) { write(at, std::string(1, static_cast<char>(byte))); }
  unsigned char original(std::size_t at) const { return static_cast<unsigned char>(content_[at]); }
  void restore(std::size_t at) { set(at, original(at)); }
  void cut(std::size_t size) { ASSERT_EQ(::ftruncate(file_, static_cast<off_t>(size)), 0); }
  Reasons reasons() const { return reasonsOf(readManifest(path_)); }

 private:
  void write(std::size_t at, const std::string& bytes) {
    ASSERT_EQ(::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at)), static_cast<ssize_t>(bytes.size()));
  }

  std::string path_;
  std::string content_;
  int file_ = -1;
};

class ManifestFileTest : public ::testing::Test {
 protected:
  Reasons reasons(const std::string& content, const std::string& name = "x.so") {
    return reasonsOf(readManifest(folder_.write(name, content)));
  }

  testing::TemporaryFolder folder_;
};

TEST(Manifest, IsReadFromARealLibraryWithoutRunningIt) {
  // The module's constructor calls abort(): that this test goes on is the proof.
  auto read = readManifest(modulePath("porter"));
  ASSERT_TRUE(std::holds_alternative<Manifest>(read)) << std::get<Reasons>(read)[0];
  const auto& manifest = std::get<Manifest>(read);
  EXPECT_EQ(manifest.name, "porter");
  EXPECT_EQ(manifest.version, "1.2.3");
  EXPECT_EQ(manifest.summary, "Lets people in");
  EXPECT_EQ(manifest.licence, "Apache-2.0");
  EXPECT_EQ(manifest.provides, std::vector<std::string>{"kavro.identity/1"});
  EXPECT_EQ(manifest.requires_, (std::vector<std::string>{"kavro.http/1", "kavro.limiter/1"}));
  EXPECT_EQ(manifest.optional, std::vector<std::string>{});
  EXPECT_EQ(manifest.on_failure, OnFailure::kClosed);
  EXPECT_EQ(manifest.settings.settings().size(), 6u);
  EXPECT_EQ(manifest.settings.find("token_ttl")->default_value, "1h");
  EXPECT_EQ(std::get<Manifest>(readManifest(modulePath("counter"))).on_failure, OnFailure::kOpen);
}

TEST_F(ManifestFileTest, IsReadFromAMinimalElfFile) {
  EXPECT_EQ(reasons(writeElf(json())), Reasons{});
  std::string large = json() + std::string(kManifestBytesMax - json().size(), ' ');
  EXPECT_EQ(reasons(writeElf(large)), Reasons{});
}

TEST_F(ManifestFileTest, FilesThatAreNoLibraryAreRefused) {
  EXPECT_EQ(reasons("#!/bin/sh\n"), Reasons{"is no ELF file, so no library"});
  EXPECT_EQ(reasons(""), Reasons{"is no ELF file, so no library"});
  EXPECT_EQ(reasons(std::string(ELFMAG)), Reasons{"is cut off: the ELF header is not whole"});
  EXPECT_EQ(reasonsOf(readManifest((folder_.path() / "missing.so").string())), Reasons{"there is no such file"});
  std::filesystem::create_directory(folder_.path() / "folder.so");
  EXPECT_EQ(reasonsOf(readManifest((folder_.path() / "folder.so").string())), Reasons{"is a folder, not a file"});
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe.so").c_str(), 0600), 0);
  EXPECT_EQ(reasonsOf(readManifest((folder_.path() / "pipe.so").string())), Reasons{"is not a regular file"});
  EXPECT_EQ(reasons(writeElf(json()), "X_1.so"),
            Reasons{"is no name of a plugin's library; those are NAME.so, where NAME is lower-case letters, digits "
                    "and -"});
}

TEST_F(ManifestFileTest, OtherMachinesAndKindsAreRefused) {
  EXPECT_EQ(reasons(writeElf(json(), {.word_size = ELFCLASS32})), Reasons{"is no 64-bit library"});
  EXPECT_EQ(reasons(writeElf(json(), {.type = ET_EXEC})),
            Reasons{"is an ELF file, but no shared library; link it with -shared"});
  Reasons other = reasons(writeElf(json(), {.machine_offset = 1}));
  ASSERT_EQ(other.size(), 1u);
  EXPECT_TRUE(other[0].starts_with("is a library for another machine (e_machine ")) << other[0];
}

TEST_F(ManifestFileTest, ALibraryWhoseCopyBrokeOffSaysSo) {
  const std::string whole = writeElf(json());
  for (const std::size_t size : {sizeof(Elf64_Ehdr), sizeof(Elf64_Ehdr) + 1}) {
    EXPECT_EQ(reasons(whole.substr(0, size)),
              Reasons{"is damaged or cut off: the section table lies beyond the end of the file"})
        << size;
  }
}

TEST_F(ManifestFileTest, SectionsThatCannotBeAreRefused) {
  EXPECT_EQ(reasons(writeElf(json(), {.section = ".text"})),
            Reasons{"has no section .kavro.manifest, so it is no plugin; build it with kavro_add_plugin()"});
  EXPECT_EQ(reasons(writeElf("")), Reasons{"the section .kavro.manifest is empty"});
  EXPECT_EQ(reasons(writeElf(json(), {.section_type = SHT_NOBITS})), Reasons{"the section .kavro.manifest is empty"});
  EXPECT_EQ(reasons(writeElf(json(), {.flags = SHF_COMPRESSED})), Reasons{"the section .kavro.manifest is compressed"});
  EXPECT_EQ(reasons(writeElf(json(), {.twice = true})), Reasons{"has the section .kavro.manifest twice"});
  EXPECT_EQ(reasons(writeElf(json() + std::string(kManifestBytesMax, ' '))),
            Reasons{"the section .kavro.manifest is larger than 64 KiB, the most it may have"});
  const Reasons beyond{"is damaged or cut off: a section lies beyond the end of the file"};
  EXPECT_EQ(reasons(writeElf(json(), {.size_added = 1})), beyond);
  EXPECT_EQ(reasons(writeElf(json(), {.offset_added = 1})), beyond);
  EXPECT_EQ(reasons(writeElf(json(), {.offset_added = Elf64_Off{1} << 63})), beyond);
  EXPECT_EQ(reasons(writeElf(json(), {.size_added = ~Elf64_Xword{0} - 1000})), beyond);
}

// A copy that broke off, at every length of a small file and at many of a real library.
TEST_F(ManifestFileTest, TruncatedFilesAreRefused) {
  AlteredFile small((folder_.path() / "x.so").string(), writeElf(json()));
  EXPECT_EQ(small.reasons(), Reasons{});
  for (std::size_t size = small.size(); size-- > 0;) {
    small.cut(size);
    EXPECT_EQ(small.reasons().size(), 1u) << size;
  }
  AlteredFile real((folder_.path() / "porter.so").string(), contentOf(modulePath("porter")));
  EXPECT_EQ(real.reasons(), Reasons{});
  ASSERT_GT(real.size(), 4096u);
  // The section table is at the end of the file: whatever is missing, it is not whole.
  for (std::size_t size = real.size() - 1; size > 101; size -= size < 2048 ? 7 : 101) {
    real.cut(size);
    EXPECT_EQ(real.reasons().size(), 1u) << size;
  }
}

// Hostile files: any answer will do, as long as it is one. (Run it with the asan preset, too.)
TEST_F(ManifestFileTest, FlippedBytesNeverCrash) {
  AlteredFile small((folder_.path() / "x.so").string(), writeElf(json()));
  std::size_t refused = 0;
  for (std::size_t at = 0; at < small.size(); ++at) {
    for (unsigned char pattern : {0xFF, 0x80, 0x01, 0x7F}) {
      small.set(at, small.original(at) ^ pattern);
      refused += small.reasons().empty() ? 0 : 1;
    }
    small.restore(at);
  }
  EXPECT_GT(refused, 500u) << "the loop altered nothing that matters";
  EXPECT_EQ(small.reasons(), Reasons{});

  AlteredFile real((folder_.path() / "porter.so").string(), contentOf(modulePath("porter")));
  std::mt19937 random(20240501);  // a fixed seed: a failure can be repeated
  refused = 0;
  for (int round = 0; round < 1500; ++round) {
    std::vector<std::size_t> altered;
    for (int count = 0; count < 1 + round % 8; ++count) {
      // The header and the section table, where it hurts, more often than the rest.
      std::size_t at = random() % real.size();
      if (round % 3 == 1) at = random() % 64;
      if (round % 3 == 2) at = real.size() - 1 - random() % 2048;
      altered.push_back(at);
      real.set(at, static_cast<unsigned char>(random()));
    }
    refused += real.reasons().empty() ? 0 : 1;
    for (std::size_t at : altered) real.restore(at);
  }
  EXPECT_GT(refused, 500u) << "the loop altered nothing that matters";
  EXPECT_EQ(real.reasons(), Reasons{});
}

TEST(ManifestJson, AnotherAbiIsTheOnlyThingSaid) {
  EXPECT_EQ(reasonsOfJson(json("\"new_member\": 1, \"provides\": 7", "2")),
            Reasons{"built for ABI 2, this server speaks ABI 1; rebuild it with this server's SDK or use a server of "
                    "that ABI"});
  EXPECT_EQ(reasonsOfJson(json("", "\"1\"")), Reasons{"the manifest: \"abi\" must be a whole number"});
  EXPECT_EQ(reasonsOfJson(R"({"name": "x"})"),
            Reasons{"the manifest: \"abi\" is missing; kavro_add_plugin() fills it in"});
}

TEST(ManifestJson, MustBeStrictJson) {
  for (const std::string& text : {json() + "x", std::string("{"), json("\"a\": 01"), json("\"a\": \"\xE4\""),
                                  json("\"a\": 'b'"), json() + json(), json("/* */ \"a\": 1")}) {
    Reasons reasons = reasonsOfJson(text);
    ASSERT_EQ(reasons.size(), 1u) << text;
    EXPECT_TRUE(reasons[0].starts_with("the manifest is not valid JSON: ")) << reasons[0];
  }
  EXPECT_EQ(reasonsOfJson("[]"), Reasons{"the manifest is JSON, but no object"});
  EXPECT_EQ(reasonsOfJson("null"), Reasons{"the manifest is JSON, but no object"});
  EXPECT_EQ(reasonsOfJson(json("\"settings\": " + std::string(40, '[') + std::string(40, ']'))).size(), 1u)
      << "nesting is bounded";
  EXPECT_EQ(reasonsOfJson(json("\"name\": \"x\"")), Reasons{"the manifest has \"name\" twice in one object"});
  EXPECT_EQ(reasonsOfJson(json(R"("settings": {"a": {"type": "string", "type": "path", "summary": "S"}})")),
            Reasons{"the manifest has \"type\" twice in one object"});
}

TEST(ManifestJson, EveryMemberIsChecked) {
  EXPECT_EQ(reasonsOfJson(json("\"licens\": \"MIT\"")),
            Reasons{"the manifest: \"licens\" is no member of a manifest; did you mean licence?"});
  EXPECT_EQ(reasonsOfJson(R"({"abi": 1})"),
            (Reasons{"the manifest: \"name\" is missing", "the manifest: \"version\" is missing",
                     "the manifest: \"summary\" is missing", "the manifest: \"licence\" is missing"}));
  EXPECT_EQ(reasonsOf(parseManifest(json(), "y")),
            Reasons{"the manifest: \"name\" is \"x\" and the file is called y.so; they must agree"});
  EXPECT_EQ(reasonsOfJson(R"({"abi": 1, "name": 1, "version": 1, "summary": 1, "licence": [], "provides": "a",
                              "requires": [1], "optional": ["A"], "on_failure": true, "settings": []})"),
            (Reasons{"the manifest: \"name\" must be a string", "the manifest: \"version\" must be a string",
                     "the manifest: \"summary\" must be a string", "the manifest: \"licence\" must be a string",
                     "the manifest: \"provides\" must be an array of services such as [\"kavro.identity/1\"]",
                     "the manifest: \"requires\" has an element that is no service's id such as \"kavro.identity/1\"",
                     "the manifest: \"optional\" has an element that is no service's id such as \"kavro.identity/1\"",
                     "the manifest: \"on_failure\" must be a string", "the manifest: \"settings\" must be an object"}));
  EXPECT_EQ(reasonsOfJson(json("\"commands\": {\"Verify\": \"Looks\", \"key\": 1}")),
            (Reasons{"the manifest: \"commands\" has \"Verify\", which is no name: lower-case letters, digits and -",
                     "the manifest: \"commands.key\" must be a string"}));
  EXPECT_EQ(reasonsOfJson(json("\"on_failure\": \"ajar\"")),
            Reasons{"the manifest: \"on_failure\" is \"ajar\"; expected open or closed"});
  EXPECT_EQ(reasonsOfJson(json(R"("settings": {"a": {"type": "colour", "summary": "S"}})")),
            Reasons{"the manifest: settings.a: \"colour\" is no type of a setting (known: string, integer, boolean, "
                    "duration, bytes, path and secret)"});
}

TEST(ManifestJson, VersionsAndServicesHaveAForm) {
  auto version = [](const std::string& text) {
    return reasonsOfJson(R"({"name": "x", "version": ")" + text + R"(", "abi": 1, "summary": "S", "licence": "MIT"})");
  };
  EXPECT_EQ(version("10.0.12"), Reasons{});
  for (const char* text : {"1", "1.0", "1.0.0.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "1..0", ""}) {
    EXPECT_EQ(version(text).size(), 1u) << text;
  }
  for (const char* id : {"kavro.identity", "kavro.identity/0", "kavro.identity/x", "/1", "a/1/2", "Ka/1", "a b/1"}) {
    EXPECT_EQ(reasonsOfJson(json("\"provides\": [\"" + std::string(id) + "\"]")).size(), 1u) << id;
  }
  EXPECT_EQ(reasonsOfJson(json("\"provides\": [\"my-own.thing/12\"]")), Reasons{});
}

TEST(ManifestJson, ServicesMustMakeSense) {
  EXPECT_EQ(reasonsOfJson(json(R"("provides": ["a/1", "a/1"])")), Reasons{"the manifest: \"provides\" has a/1 twice"});
  EXPECT_EQ(reasonsOfJson(json(R"("provides": ["a/1"], "optional": ["a/1"])")),
            Reasons{"the manifest: provides a/1 and also needs it"});
  EXPECT_EQ(reasonsOfJson(json(R"("requires": ["a/1"], "optional": ["a/1"])")),
            Reasons{"the manifest: a/1 is required and also optional"});
  EXPECT_EQ(reasonsOfJson(json(R"("provides": ["kavro.http/1"])")),
            Reasons{"the manifest: provides kavro.http/1, which is the server's own"});
}

TEST(ManifestJson, TextForPeopleIsOneLine) {
  auto summary = [](const std::string& text) {
    return reasonsOfJson(R"({"name": "x", "version": "1.0.0", "abi": 1, "summary": ")" + text +
                         R"(", "licence": "MIT"})");
  };
  const Reasons refused{"the manifest: \"summary\" must be one line of at most 200 bytes"};
  EXPECT_EQ(summary(std::string(200, 'x')), Reasons{});
  EXPECT_EQ(summary(std::string(201, 'x')), refused);
  EXPECT_EQ(summary("a\\nb"), refused);
  EXPECT_EQ(summary("a\\u001b[31m"), refused);
  EXPECT_EQ(summary(""), refused);
}

}  // namespace
}  // namespace kavro::registry
