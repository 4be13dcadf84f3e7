#include "kernel/database/postgresql/values.hpp"

#include <endian.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

namespace kavro::database::postgresql {

namespace {

// From PostgreSQL's catalogue pg_type; fixed for ever.
enum : Oid {
  kBool = 16,
  kBytea = 17,
  kChar = 18,
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kOid = 26,
  kJson = 114,
  kFloat4 = 700,
  kFloat8 = 701,
  kUnknown = 705,
  kBpchar = 1042,
  kVarchar = 1043,
  kNumeric = 1700,
};

template <class Unsigned>
Unsigned load(const char* data) {
  Unsigned value;
  std::memcpy(&value, data, sizeof value);
  if constexpr (sizeof value == 2) return be16toh(value);
  if constexpr (sizeof value == 4) return be32toh(value);
  if constexpr (sizeof value == 8) return be64toh(value);
}

std::array<char, 8> store(std::uint64_t number) {
  return std::bit_cast<std::array<char, 8>>(htobe64(number));
}

// The sizes of what has one; 0: any.
std::size_t sizeOf(Oid type) {
  switch (type) {
    case kBool:
      return 1;
    case kInt2:
      return 2;
    case kInt4:
    case kOid:
    case kFloat4:
      return 4;
    case kInt8:
    case kFloat8:
      return 8;
    default:
      return 0;
  }
}

bool isNumeric(std::string_view data) {
  return data.size() >= 8 && data.size() == 8 + 2 * std::size_t{load<std::uint16_t>(data.data())};
}

// A numeric is a count of digits to the base 10,000, the weight of the first one, a sign and a scale for showing it.
// sum() and avg() of integers give this type.
void readNumeric(std::string_view data, kavro_sql_value& value) {
  const auto word = [&](std::size_t index) { return load<std::uint16_t>(data.data() + 2 * index); };
  const int digits = word(0);
  const int weight = static_cast<std::int16_t>(word(1));
  const bool negative = word(2) == 0x4000;
  const bool is_number = word(2) == 0 || negative;  // otherwise NaN or an infinity
  double real = is_number ? 0 : std::nan("");
  std::int64_t integer = 0;
  bool whole = is_number;
  for (int i = 0; i < digits && is_number; ++i) {
    const int digit = word(4 + static_cast<std::size_t>(i));
    real += digit * std::pow(10000.0, weight - i);
    if (i > weight) {
      whole = whole && digit == 0;
    } else {
      whole = whole && !__builtin_mul_overflow(integer, 10000, &integer) &&
              !__builtin_add_overflow(integer, digit, &integer);
    }
  }
  for (int i = digits; whole && i <= weight; ++i) whole = !__builtin_mul_overflow(integer, 10000, &integer);
  if (whole) {
    value.type = KAVRO_SQL_INTEGER;
    value.value.integer = negative ? -integer : integer;
  } else {
    value.type = KAVRO_SQL_REAL;
    value.value.real = negative ? -real : real;
  }
}

}  // namespace

std::string ParameterList::set(std::span<const kavro_sql_value> parameters) {
  if (parameters.size() > kParametersMax) {
    return std::to_string(parameters.size()) + " parameters; expected at most " + std::to_string(kParametersMax);
  }
  values_.types.clear();
  values_.data.clear();
  values_.sizes.clear();
  values_.formats.clear();
  numbers_.resize(parameters.size());
  const auto add = [this](Oid type, const char* data, std::size_t size, int format) {
    values_.types.push_back(type);
    values_.data.push_back(data);
    values_.sizes.push_back(static_cast<int>(size));
    values_.formats.push_back(format);
  };
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const kavro_sql_value& value = parameters[i];
    const std::string_view text(value.value.text.data != nullptr ? value.value.text.data : "", value.value.text.size);
    switch (value.type) {
      case KAVRO_SQL_NULL:
        add(0, nullptr, 0, 0);
        break;
      case KAVRO_SQL_INTEGER:
        numbers_[i] = store(static_cast<std::uint64_t>(value.value.integer));
        add(kInt8, numbers_[i].data(), 8, 1);
        break;
      case KAVRO_SQL_REAL:
        numbers_[i] = store(std::bit_cast<std::uint64_t>(value.value.real));
        add(kFloat8, numbers_[i].data(), 8, 1);
        break;
      case KAVRO_SQL_TEXT:
        if (text.size() > 0x3FFFFFFF) return "parameter " + std::to_string(i + 1) + " is longer than 1 GiB";
        // Binary, which for text is the text itself: it needs no zero at its end.
        add(kText, text.data(), text.size(), 1);
        break;
      case KAVRO_SQL_BYTES:
        if (text.size() > 0x3FFFFFFF) return "parameter " + std::to_string(i + 1) + " is longer than 1 GiB";
        add(kBytea, text.data(), text.size(), 1);
        break;
      default:
        return "a parameter has an unknown type";
    }
  }
  return {};
}

RowReader::RowReader(const PGresult* result)
    : result_(result), rows_(PQntuples(result)), columns_(static_cast<std::size_t>(PQnfields(result))) {}

std::span<const kavro_sql_value> RowReader::read(int row) {
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (!readColumn(row, static_cast<int>(column), columns_[column])) return {};
  }
  return columns_;
}

bool RowReader::readColumn(int row, int column, kavro_sql_value& value) {
  value.reserved = 0;
  if (PQgetisnull(result_, row, column) == 1) {
    value.type = KAVRO_SQL_NULL;
    value.value.integer = 0;
    return true;
  }
  const char* data = PQgetvalue(result_, row, column);
  const auto size = static_cast<std::size_t>(PQgetlength(result_, row, column));
  const auto integer = [&](std::int64_t number) {
    value.type = KAVRO_SQL_INTEGER;
    value.value.integer = number;
    return true;
  };
  const auto real = [&](double number) {
    value.type = KAVRO_SQL_REAL;
    value.value.real = number;
    return true;
  };
  const Oid type = PQftype(result_, column);
  const std::size_t expected = sizeOf(type);
  if (PQfformat(result_, column) != 1 || (expected != 0 && size != expected) ||
      (type == kNumeric && !isNumeric({data, size}))) {
    return refuse(column, "was not sent as its type is");
  }
  switch (type) {
    case kBool:
      return integer(data[0] != 0);
    case kInt2:
      return integer(static_cast<std::int16_t>(load<std::uint16_t>(data)));
    case kInt4:
      return integer(static_cast<std::int32_t>(load<std::uint32_t>(data)));
    case kInt8:
      return integer(static_cast<std::int64_t>(load<std::uint64_t>(data)));
    case kOid:
      return integer(load<std::uint32_t>(data));
    case kFloat4:
      return real(std::bit_cast<float>(load<std::uint32_t>(data)));
    case kFloat8:
      return real(std::bit_cast<double>(load<std::uint64_t>(data)));
    case kNumeric:
      readNumeric({data, size}, value);
      return true;
    case kBytea:
      value.type = KAVRO_SQL_BYTES;
      value.value.text = {data, size};
      return true;
    case kText:
    case kVarchar:
    case kBpchar:
    case kName:
    case kChar:
    case kJson:
    case kUnknown:
      value.type = KAVRO_SQL_TEXT;
      value.value.text = {data, size};
      return true;
    default:
      return refuse(column, "has a type that is not carried; CAST it to TEXT, BIGINT, DOUBLE PRECISION or BYTEA");
  }
}

bool RowReader::refuse(int column, std::string_view why) {
  why_ = "column " + std::to_string(column + 1) + " (" + PQfname(result_, column) + ") " + std::string(why);
  return false;
}

}  // namespace kavro::database::postgresql
