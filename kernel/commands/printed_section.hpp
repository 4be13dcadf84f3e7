// The effective configuration, section by section, as it is put in front of people: values in their normal form, where
// each came from, and no secret.
//
// Pure functions over a checked composition; values of their own. No errors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/registry/composition.hpp"

namespace kavro::commands {

struct PrintedSetting {
  std::string key;
  std::optional<std::string> value;  // nothing: it is not set, or not shown; the remark says why
  std::string remark;                // "default", "conf/kavro.ini:14", "set and not shown; from environment KAVRO_..."
};

struct PrintedSection {
  std::string name;
  std::string remark;  // what it is; may be empty
  std::vector<PrintedSetting> settings;
};

// The kernel's sections, [plugins], and a section for each plugin that is on, with the kernel's keys in it. A secret
// that came from a file is its X_file; one that came another way is not shown, nor is a URL with a password in it. Read
// again, the values mean the same: paths are absolute, numbers are whole.
std::vector<PrintedSection> printedSections(const registry::Composition& composition);

}  // namespace kavro::commands
