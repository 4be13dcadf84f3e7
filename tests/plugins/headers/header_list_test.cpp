#include "header_list.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kavro::headers {
namespace {

// A section of a configuration, in the form in which the boundary hands it to a plugin.
class Section {
 public:
  Section() {
    for (const Known& known : kKnown) values_[std::string(known.setting)] = "v-" + std::string(known.setting);
    host_.kernel = this;
  }

  Section& set(const std::string& key, const std::string& value) {
    values_[key] = value;
    return *this;
  }
  Section& other(const std::string& name, const std::string& value) {
    family_.emplace_back(name, value);
    return *this;
  }

  HeaderList list() const { return HeaderList(Settings(&host_, &kTable)); }
  std::string refusal() const {
    try {
      list();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  }

 private:
  static const Section& of(const kavro_host* host) { return *static_cast<const Section*>(host->kernel); }
  static kavro_status text(const kavro_host* host, kavro_text key, kavro_text* value) {
    const auto found = of(host).values_.find(std::string(fromAbi(key)));
    if (found == of(host).values_.end()) return KAVRO_NOT_FOUND;
    *value = toAbi(found->second);
    return KAVRO_OK;
  }
  static kavro_status family(const kavro_host* host, kavro_text, size_t index, kavro_field* entry, kavro_text* origin) {
    if (index >= of(host).family_.size()) return KAVRO_NOT_FOUND;
    *entry = {toAbi(of(host).family_[index].first), toAbi(of(host).family_[index].second)};
    *origin = toAbi("kavro.ini:7");
    return KAVRO_OK;
  }
  static constexpr kavro_settings_v1 kTable{sizeof(kavro_settings_v1), text, nullptr, family};

  kavro_host host_{sizeof(kavro_host), nullptr, nullptr, nullptr};
  std::map<std::string, std::string> values_;
  std::vector<std::pair<std::string, std::string>> family_;
};

TEST(HeaderList, HasAFieldForEachSetting) {
  const HeaderList list = Section().list();
  ASSERT_EQ(list.fields().size(), std::size(kKnown));
  EXPECT_EQ(list.fields()[0], HeaderList::Field("Strict-Transport-Security", "v-strict_transport_security"));
  EXPECT_EQ(list.fields()[8], HeaderList::Field("Cache-Control", "v-cache_control"));
}

TEST(HeaderList, OffAndNothingLeaveAFieldOut) {
  Section section;
  for (const Known& known : kKnown) section.set(std::string(known.setting), "off");
  section.set("x_frame_options", "").set("cache_control", "no-cache");
  const HeaderList list = section.list();
  ASSERT_EQ(list.fields().size(), 1u);
  EXPECT_EQ(list.fields()[0], HeaderList::Field("Cache-Control", "no-cache"));
}

TEST(HeaderList, OthersFollowInTheirOrder) {
  Section section;
  section.other("Permissions-Policy", "geolocation=()").other("X-Quiet", "off").other("X-Robots-Tag", "none");
  const HeaderList list = section.list();
  ASSERT_EQ(list.fields().size(), std::size(kKnown) + 2);
  EXPECT_EQ(list.fields()[9], HeaderList::Field("Permissions-Policy", "geolocation=()"));
  EXPECT_EQ(list.fields()[10], HeaderList::Field("X-Robots-Tag", "none"));
}

TEST(HeaderList, RefusalsNameTheSetting) {
  EXPECT_EQ(Section().set("x_frame_options", "DENY\n").refusal(),
            "[headers] x_frame_options: found the byte 10 at position 5, expected printable ASCII on one line");
  EXPECT_EQ(Section().other("Bad Name", "x").refusal(),
            "kavro.ini:7: [headers] header.Bad Name: found the name \"Bad Name\", expected one such as "
            "Permissions-Policy: 1 to 128 letters, digits and \"-\"");
  EXPECT_EQ(Section().other("X-Good", "\xC3\xA4").refusal(),
            "kavro.ini:7: [headers] header.X-Good: found the byte 195 at position 1, expected printable ASCII on one "
            "line");
  EXPECT_EQ(Section().other("content-length", "0").refusal(),
            "kavro.ini:7: [headers] header.content-length: found Content-Length, expected a field that may be the same "
            "on every answer; this one is the server's own");
}

TEST(HeaderList, AFieldIsNamedOnce) {
  EXPECT_EQ(Section().other("x-frame-options", "SAMEORIGIN").refusal(),
            "kavro.ini:7: [headers] header.x-frame-options: found a field that has a setting, expected x_frame_options "
            "= SAMEORIGIN");
  EXPECT_EQ(Section().other("X-A", "1").other("x-a", "2").refusal(),
            "kavro.ini:7: [headers] header.x-a: found the field a second time (header.X-A), expected each once; upper "
            "and lower case do not count");
}

}  // namespace
}  // namespace kavro::headers
