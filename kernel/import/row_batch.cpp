#include "kernel/import/row_batch.hpp"

#include <utility>

namespace kavro::import {

void RowBatch::addInteger(std::int64_t number) {
  kavro_sql_value value{KAVRO_SQL_INTEGER, 0, {0}};
  value.value.integer = number;
  values_.push_back(value);
}

void RowBatch::addReal(double number) {
  kavro_sql_value value{KAVRO_SQL_REAL, 0, {0}};
  value.value.real = number;
  values_.push_back(value);
}

void RowBatch::addText(std::string text, std::uint32_t type) {
  bytes_ += text.size();
  const std::string& kept = texts_.emplace_back(std::move(text));
  kavro_sql_value value{type, 0, {0}};
  value.value.text = {kept.data(), kept.size()};
  values_.push_back(value);
}

}  // namespace kavro::import
