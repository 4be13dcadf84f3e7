// The manual says what the program says: kavro.ini(5) every setting of the kernel, kavro(1) every command and option.
#include <gtest/gtest.h>
#include <stdio.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "kernel/config/kernel_schema.hpp"
#include "kernel/config/plugin_schema.hpp"

namespace kavro::config {
namespace {

const std::string kFolder = std::string(KAVRO_TEST_SOURCE) + "/tools/packaging/man/";
constexpr const char* kBegin = ".\\\" BEGIN generated";
constexpr const char* kEnd = ".\\\" END generated";

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path << " cannot be read";
  return {std::istreambuf_iterator<char>(file), {}};
}

// For roff: a hyphen that can be copied, no escapes, no request at a line's beginning.
std::string escaped(const std::string& text) {
  std::string result;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char c = text[index];
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
      const bool goes_on = index + 1 < text.size() && text[index + 1] != ' ';
      if (c == ':' && goes_on) result += "\\:";  // a long list may break there
    }
  }
  if (!result.empty() && (result[0] == '.' || result[0] == '\'')) result.insert(0, "\\&");
  return result;
}

std::string typeOf(const SettingSchema& setting) {
  std::string type(nameOf(setting.type));
  if (!setting.choices.empty()) {
    type.clear();
    for (const std::string& choice : setting.choices) type += (type.empty() ? "" : ", ") + choice;
  }
  const bool counts_bytes = setting.type == SettingType::kString || setting.type == SettingType::kSecret;
  if (!counts_bytes && setting.minimum) type += " from " + *setting.minimum;
  if (!counts_bytes && setting.maximum) type += " to " + *setting.maximum;
  return type;
}

void render(const Schema& schema, std::string& text) {
  for (const SettingSchema& setting : schema.settings()) {
    const std::string by_default = setting.default_value ? *setting.default_value : "none";
    text += ".TP\n.B " + escaped(setting.key) + '\n';
    text += escaped(setting.summary) + ".\n.br\n";
    text += escaped(typeOf(setting)) + "; default: " + escaped(by_default) + '\n';
  }
}

std::string renderedSettings() {
  std::string text;
  for (const KernelSection& section : kernelSections()) {
    text += ".SS [" + section.name + "]\n";
    render(section.schema, text);
  }
  text +=
      ".SS In the section of every plugin\nWhat the kernel does when the plugin fails; a plugin that has a setting of "
      "one of these names keeps it for\nitself. The default of\n.B on_failure\nis the plugin's.\n";
  render(commonPluginSchema("open"), text);
  return text;
}

TEST(PackagingManual, HasEverySettingOfTheKernel) {
  const std::string path = kFolder + "kavro.ini.5";
  std::string page = contentOf(path);
  const std::size_t mark = page.find(kBegin), end = page.find(kEnd);
  ASSERT_TRUE(mark < end && end != std::string::npos) << path << ": the marks of the generated part are missing";
  const std::size_t begin = page.find('\n', mark) + 1;
  const std::string expected = renderedSettings();
  if (std::getenv("KAVRO_WRITE_MANUAL")) {
    page.replace(begin, end - begin, expected);
    std::ofstream(path) << page;
    return;
  }
  EXPECT_EQ(page.substr(begin, end - begin), expected)
      << path << " is stale; to write it: KAVRO_WRITE_MANUAL=1 packaging_manual_test";
}

TEST(PackagingManual, HasEveryCommandAndOption) {
  FILE* program = ::popen((std::string(KAVRO_TEST_PROGRAM) + " --help").c_str(), "r");
  ASSERT_NE(program, nullptr);
  std::string help;
  for (int c = ::fgetc(program); c != EOF; c = ::fgetc(program)) help += static_cast<char>(c);
  ASSERT_EQ(::pclose(program), 0);
  help.resize(help.find("\nOf the plugins that are there"));  // those are asked for when they are needed

  const std::string page = std::regex_replace(contentOf(kFolder + "kavro.1"), std::regex(R"(\\-)"), "-");
  const std::string completion = contentOf(std::string(KAVRO_TEST_SOURCE) + "/tools/packaging/system/completion.bash");
  const std::regex word(R"((?:^|\n)  ([a-z]+)[ \n]|(--[a-z-]+))");
  std::set<std::string> names;
  for (std::sregex_iterator match(help.begin(), help.end(), word), none; match != none; ++match) {
    names.insert((*match)[1].matched ? (*match)[1] : (*match)[2]);
  }
  EXPECT_TRUE(names.contains("run") && names.contains("--config"));  // the help was read
  for (const std::string& name : names) {
    EXPECT_NE(page.find(name), std::string::npos) << "kavro(1) does not say what " << name << " is";
    EXPECT_NE(completion.find(name), std::string::npos) << "completion.bash does not know " << name;
  }
}

}  // namespace
}  // namespace kavro::config
