// Some rows of a table, held until they are written: values as plugins get them, with the texts they point to.
// Threads: one at a time.
#pragma once

#include <kavro/abi/database.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace kavro::import {

class RowBatch {
 public:
  explicit RowBatch(std::size_t columns) : columns_(columns) {}

  void addNull() { values_.push_back({KAVRO_SQL_NULL, 0, {0}}); }
  void addInteger(std::int64_t number);
  void addReal(double number);
  void addText(std::string text) { addText(std::move(text), KAVRO_SQL_TEXT); }
  void addBytes(std::string bytes) { addText(std::move(bytes), KAVRO_SQL_BYTES); }
  // Takes the values added since the last whole row away.
  void dropUnfinished() { values_.resize(size() * columns_); }

  std::size_t size() const { return values_.size() / columns_; }
  bool empty() const { return size() == 0; }
  // About what it holds in memory.
  std::size_t bytes() const { return bytes_ + values_.size() * sizeof(kavro_sql_value); }
  std::span<const kavro_sql_value> row(std::size_t index) const { return {&values_[index * columns_], columns_}; }
  // The first column of a row.
  std::int64_t key(std::size_t index) const { return values_[index * columns_].value.integer; }

 private:
  void addText(std::string text, std::uint32_t type);

  std::size_t columns_;
  std::size_t bytes_ = 0;
  std::vector<kavro_sql_value> values_;
  std::deque<std::string> texts_;  // a deque, so that a text stays where it is
};

}  // namespace kavro::import
