// Values of the boundary, for the kernel's own statements. Texts are borrowed.
#pragma once

#include <kavro/abi/database.h>

#include <cstdint>
#include <string_view>

namespace kavro::database {

inline kavro_sql_value textValue(std::string_view value) {
  kavro_sql_value result{KAVRO_SQL_TEXT, 0, {}};
  result.value.text = {value.data(), value.size()};
  return result;
}

inline kavro_sql_value integerValue(std::int64_t value) {
  kavro_sql_value result{KAVRO_SQL_INTEGER, 0, {}};
  result.value.integer = value;
  return result;
}

}  // namespace kavro::database
