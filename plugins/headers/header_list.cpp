#include "header_list.hpp"

#include <stdexcept>

#include <kavro/text.hpp>

#include "header_field.hpp"

namespace kavro::headers {

HeaderList::HeaderList(const Settings& settings) {
  for (const Known& known : kKnown) addKnown(known, settings.string(known.setting));
  for (const Settings::Entry& entry : settings.family("header")) addOther(entry);
}

void HeaderList::addKnown(const Known& known, const std::string& value) {
  if (isOff(value)) return;
  if (const auto flaw = valueFlaw(value)) {
    throw std::invalid_argument("[headers] " + std::string(known.setting) + ": " + *flaw);
  }
  fields_.emplace_back(known.field, value);
}

void HeaderList::addOther(const Settings::Entry& entry) {
  const std::string where = entry.origin + ": [headers] header." + entry.name + ": ";
  if (const auto flaw = nameFlaw(entry.name)) throw std::invalid_argument(where + *flaw);
  for (const Known& known : kKnown) {
    if (equalsIgnoringCase(entry.name, known.field)) {
      throw std::invalid_argument(where + "found a field that has a setting, expected " + std::string(known.setting) +
                                  " = " + entry.value);
    }
  }
  for (const Field& field : fields_) {
    if (equalsIgnoringCase(entry.name, field.first)) {
      throw std::invalid_argument(where + "found the field a second time (header." + field.first +
                                  "), expected each once; upper and lower case do not count");
    }
  }
  if (isOff(entry.value)) return;
  if (const auto flaw = valueFlaw(entry.value)) throw std::invalid_argument(where + *flaw);
  fields_.emplace_back(entry.name, entry.value);
}

}  // namespace kavro::headers
