#include "tests/plugins/metrics/text_format.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>

namespace kavro::testing {
namespace {

bool isName(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

using Labels = std::map<std::string, std::string>;

struct Sample {
  std::string name;
  Labels labels;
  double value = 0;
};

// Reads one line at a time; a problem ends the line, not the text.
class Reader {
 public:
  MetricsText read(std::string_view text) {
    if (!text.empty() && !text.ends_with('\n')) problem("the last line does not end");
    while (!text.empty()) {
      ++number_;
      const size_t end = text.find('\n');
      line(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    endFamily();
    return std::move(result_);
  }

 private:
  void problem(const std::string& what) { result_.problems.push_back("line " + std::to_string(number_) + ": " + what); }

  void line(std::string_view line) {
    if (line.starts_with("# HELP ")) return help(line.substr(7));
    if (line.starts_with("# TYPE ")) return type(line.substr(7));
    const std::optional<Sample> sample = readSample(line);
    if (sample) take(line, *sample);
  }

  void help(std::string_view rest) {
    endFamily();
    const size_t blank = rest.find(' ');
    family_ = rest.substr(0, blank);
    if (!isName(family_) || blank == std::string_view::npos) problem("HELP without a name or a text");
    if (!families_.insert(family_).second) problem(family_ + " is there twice");
    for (size_t at = rest.find('\\'); at != std::string_view::npos; at = rest.find('\\', at + 2)) {
      if (at + 1 >= rest.size() || (rest[at + 1] != '\\' && rest[at + 1] != 'n')) problem("HELP has a bare backslash");
    }
  }

  void type(std::string_view rest) {
    const size_t blank = rest.find(' ');
    const std::string name(rest.substr(0, blank)), type(blank == std::string_view::npos ? "" : rest.substr(blank + 1));
    if (name != family_) problem("TYPE of " + name + " does not follow its HELP");
    if (type != "counter" && type != "gauge" && type != "histogram") problem("TYPE " + type);
    if (type == "counter" && !name.ends_with("_total")) problem("the counter " + name + " does not end in _total");
    if (!result_.types.emplace(name, type).second) problem("TYPE of " + name + " is there twice");
  }

  std::optional<Sample> readSample(std::string_view line) {
    Sample sample;
    const size_t name_end = line.find_first_of("{ ");
    sample.name = line.substr(0, name_end);
    if (!isName(sample.name) || name_end == std::string_view::npos) return problem("no sample"), std::nullopt;
    std::string_view rest = line.substr(name_end);
    if (rest[0] == '{' && !readLabels(rest, sample.labels)) return problem("broken labels"), std::nullopt;
    if (!rest.starts_with(' ')) return problem("no blank before the value"), std::nullopt;
    const std::string value(rest.substr(1));
    char* end = nullptr;
    sample.value = value == "+Inf" ? std::numeric_limits<double>::infinity() : std::strtod(value.c_str(), &end);
    if (value != "+Inf" && (value.empty() || *end != '\0')) return problem("the value " + value), std::nullopt;
    return sample;
  }

  // {a="b",c="d"}: taken off `rest`.
  static bool readLabels(std::string_view& rest, Labels& labels) {
    rest.remove_prefix(1);
    while (!rest.starts_with('}')) {
      const size_t equals = rest.find("=\"");
      if (equals == std::string_view::npos || !isName(rest.substr(0, equals))) return false;
      const std::string name(rest.substr(0, equals));
      rest.remove_prefix(equals + 2);
      std::string value;
      for (; !rest.empty() && rest[0] != '"'; rest.remove_prefix(1)) {
        if (rest[0] == '\\') {
          rest.remove_prefix(1);
          if (rest.empty() || (rest[0] != '\\' && rest[0] != '"' && rest[0] != 'n')) return false;
          value += rest[0] == 'n' ? '\n' : rest[0];
        } else {
          value += rest[0];
        }
      }
      if (rest.empty() || !labels.emplace(name, value).second) return false;
      rest.remove_prefix(1);
      if (rest.starts_with(',')) {
        rest.remove_prefix(1);
      } else if (!rest.starts_with('}')) {
        return false;
      }
    }
    rest.remove_prefix(1);
    return true;
  }

  void take(std::string_view line, const Sample& sample) {
    const std::string series(line.substr(0, line.rfind(' ')));
    if (!result_.samples.emplace(series, sample.value).second) problem(series + " is there twice");
    const auto type = result_.types.find(family_);
    if (type == result_.types.end()) return problem(series + " comes before its TYPE");
    if (type->second != "histogram") {
      if (sample.name != family_) problem(series + " is not of " + family_);
      if (type->second == "counter" && !(sample.value >= 0)) problem(series + " is negative");
      return;
    }
    Labels labels = sample.labels;
    const bool is_bucket = sample.name == family_ + "_bucket" && labels.contains("le");
    const std::string bound = is_bucket ? labels["le"] : "";
    labels.erase("le");
    Histogram& histogram = histograms_[labels];
    if (is_bucket) {
      const double limit = bound == "+Inf" ? std::numeric_limits<double>::infinity() : std::stod(bound);
      if (histogram.buckets > 0 && !(limit > histogram.bound)) problem(series + ": its bound does not ascend");
      if (sample.value < histogram.last) problem(series + " is less than the bucket before");
      histogram.bound = limit;
      histogram.last = sample.value;
      ++histogram.buckets;
    } else if (sample.name == family_ + "_count") {
      histogram.count = sample.value;
    } else if (sample.name == family_ + "_sum") {
      histogram.has_sum = true;
    } else {
      problem(series + " is not of the histogram " + family_);
    }
  }

  void endFamily() {
    for (const auto& [labels, histogram] : histograms_) {
      if (!std::isinf(histogram.bound)) problem(family_ + " has no bucket +Inf");
      if (histogram.count != histogram.last) problem(family_ + ": its count is not its last bucket");
      if (!histogram.has_sum) problem(family_ + " has no sum");
    }
    histograms_.clear();
  }

  struct Histogram {
    double bound = 0, last = 0, count = -1;
    int buckets = 0;
    bool has_sum = false;
  };

  MetricsText result_;
  int number_ = 0;
  std::string family_;
  std::set<std::string> families_;
  std::map<Labels, Histogram> histograms_;  // of the family
};

}  // namespace

MetricsText readMetrics(std::string_view text) { return Reader().read(text); }

}  // namespace kavro::testing
