#include "kernel/host/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>

#include <kavro/text.hpp>

namespace kavro::host {

namespace {

std::string nameOf(std::string_view prefix, const kavro_metric_definition& definition) {
  std::string name(prefix);
  name += fromAbi(definition.name);
  if (definition.unit.size > 0) name.append("_").append(fromAbi(definition.unit));
  if (definition.type == KAVRO_METRIC_COUNTER) name += "_total";
  return name;
}

bool isName(std::string_view text) {
  const auto isLetter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto isOther = [](char c) { return (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= KAVRO_METRIC_NAME_BYTES_MAX && isLetter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return isLetter(c) || isOther(c); });
}

bool isLine(std::string_view text) {
  return text.size() <= KAVRO_METRIC_TEXT_BYTES_MAX &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

constexpr const char* kNameForm = "expected a small letter, and then small letters, digits and _, 64 at most";

std::string whyNoLabels(const kavro_metric_definition& definition) {
  if (definition.constant_count > KAVRO_METRIC_CONSTANTS_MAX) return "it has more than 8 constant labels";
  if (definition.value_count > KAVRO_METRIC_VALUES_MAX) return "its label has more than 1,024 values";
  if (definition.label.size == 0 && definition.value_count > 0) return "it has values for a label without a name";
  std::set<std::string_view> names;
  const auto whyNoName = [&](std::string_view name) -> std::string {
    if (!isName(name)) return "its label \"" + std::string(name) + "\" has no valid name: " + kNameForm;
    if (name == "le" || name == "quantile") return "the label \"" + std::string(name) + "\" is taken by histograms";
    return names.insert(name).second ? "" : "the label \"" + std::string(name) + "\" is there twice";
  };
  if (definition.label.size > 0) {
    if (std::string why = whyNoName(fromAbi(definition.label)); !why.empty()) return why;
  }
  for (std::size_t i = 0; i < definition.constant_count; ++i) {
    if (std::string why = whyNoName(fromAbi(definition.constants[i].name)); !why.empty()) return why;
    if (!isLine(fromAbi(definition.constants[i].value))) return "a constant label is longer than 256 bytes or no line";
  }
  std::set<std::string_view> values;
  for (std::size_t i = 0; i < definition.value_count; ++i) {
    const std::string_view value = fromAbi(definition.values[i]);
    if (!isLine(value)) return "a value of its label is longer than 256 bytes or no line";
    if (!values.insert(value).second) return "its label has the value \"" + std::string(value) + "\" twice";
  }
  return {};
}

std::string whyNoBounds(const kavro_metric_definition& definition) {
  const bool histogram = definition.type == KAVRO_METRIC_HISTOGRAM;
  if (!histogram) return definition.bound_count == 0 ? "" : "only a histogram has bounds";
  if (definition.bound_count < 1 || definition.bound_count > KAVRO_METRIC_BOUNDS_MAX) {
    return "a histogram has 1 to 64 bounds; it has " + std::to_string(definition.bound_count);
  }
  for (std::size_t i = 0; i < definition.bound_count; ++i) {
    if (!std::isfinite(definition.bounds[i])) return "a bound is no finite number";
    if (i > 0 && !(definition.bounds[i - 1] < definition.bounds[i])) return "its bounds do not ascend";
  }
  return {};
}

std::string whyInvalid(const kavro_metric_definition& definition) {
  if (!KAVRO_HAS(&definition, user)) return "it is shorter than kavro.metrics/1 has it: set its size";
  if (definition.type < KAVRO_METRIC_COUNTER || definition.type > KAVRO_METRIC_HISTOGRAM) {
    return "its type is none: " + std::to_string(definition.type);
  }
  if (!isName(fromAbi(definition.name))) return std::string("its name is not valid: ") + kNameForm;
  if (definition.unit.size > 0 && !isName(fromAbi(definition.unit))) return "its unit is not valid";
  if (definition.help.size == 0 || !isLine(fromAbi(definition.help))) return "its help is not a line of 1 to 256 bytes";
  if (definition.read && definition.type == KAVRO_METRIC_HISTOGRAM) return "a histogram cannot be read by a function";
  if (std::string why = whyNoBounds(definition); !why.empty()) return why;
  return whyNoLabels(definition);
}

MetricLabels labelsOf(const kavro_metric_definition& definition, std::optional<std::string_view> value) {
  MetricLabels labels;
  for (std::size_t i = 0; i < definition.constant_count; ++i) {
    labels.emplace_back(fromAbi(definition.constants[i].name), fromAbi(definition.constants[i].value));
  }
  if (value) labels.emplace_back(fromAbi(definition.label), *value);
  std::sort(labels.begin(), labels.end());
  return labels;
}

MetricLabels sorted(const SampleSink::Labels& labels) {
  MetricLabels made;
  for (const SampleSink::Label& label : labels) made.emplace_back(label.name, label.value);
  std::sort(made.begin(), made.end());
  return made;
}

// A histogram's buckets as the boundary has them: each with those below it, the last without a bound.
std::vector<kavro_metric_bucket> cumulative(const HistogramValue& value) {
  std::vector<kavro_metric_bucket> buckets;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < value.counts.size(); ++i) {
    count += value.counts[i];
    buckets.push_back({i < value.bounds.size() ? value.bounds[i] : std::numeric_limits<double>::infinity(), count});
  }
  return buckets;
}

}  // namespace

void SampleSink::put(std::string_view name, std::string_view help, MetricType type, MetricLabels labels,
                     Sample sample) {
  auto found = families_.find(name);
  if (found == families_.end()) found = families_.emplace(name, Family{type, std::string(help), {}}).first;
  if (found->second.type == type) found->second.samples.try_emplace(std::move(labels), std::move(sample));
}

void SampleSink::counter(std::string_view family, std::string_view help, const Labels& labels, double value) {
  put(family, help, MetricType::kCounter, sorted(labels), {value, {}});
}

void SampleSink::gauge(std::string_view family, std::string_view help, const Labels& labels, double value) {
  put(family, help, MetricType::kGauge, sorted(labels), {value, {}});
}

void SampleSink::histogram(std::string_view family, std::string_view help, const Labels& labels, HistogramValue value) {
  value.counts.resize(value.bounds.size() + 1);
  put(family, help, MetricType::kHistogram, sorted(labels), {0, std::move(value)});
}

void Metrics::addSource(Source source) {
  const std::lock_guard lock(mutex_);
  sources_.push_back(std::move(source));
}

void Metrics::sample(SampleSink& sink) const {
  for (const Source& source : sources_) source(sink);
  // What the functions of all instances say now: old and new instances of a plugin add up; of a gauge the newest
  // counts.
  std::unordered_map<const Kept*, double> read;
  for (const Definitions& owner : owners_) {
    for (const Definition& definition : owner.list) {
      if (!definition.read || !owner.reading) continue;
      for (std::size_t i = 0; i < definition.series.size(); ++i) {
        double& value = read[definition.series[i].second];
        const double now = definition.read(definition.user, i);
        value = definition.family->type == MetricType::kCounter ? value + now : now;
      }
    }
  }
  for (const Definitions& owner : owners_) {
    for (const Definition& definition : owner.list) {
      for (const auto& [labels, kept] : definition.series) {
        SampleSink::Sample sample;
        if (definition.family->type == MetricType::kHistogram) {
          sample.histogram = kept->series.histogram();
        } else {
          const auto found = read.find(kept);
          sample.value = kept->series.value() + kept->earlier + (found == read.end() ? 0 : found->second);
        }
        sink.put(definition.family->name, definition.family->help, definition.family->type, *labels, std::move(sample));
      }
    }
  }
}

void Metrics::collect(Visit visit, void* user) const {
  SampleSink sink;
  {
    const std::lock_guard lock(mutex_);
    sample(sink);
  }
  std::vector<kavro_field> fields;
  for (const auto& [name, family] : sink.families_) {
    for (const auto& [labels, value] : family.samples) {
      fields.clear();
      for (const auto& [label, text] : labels) fields.push_back({toAbi(label), toAbi(text)});
      const std::vector<kavro_metric_bucket> buckets = cumulative(value.histogram);
      kavro_metric_sample sample{};
      sample.size = sizeof sample;
      sample.type = static_cast<std::int32_t>(family.type);
      sample.name = toAbi(name);
      sample.help = toAbi(family.help);
      sample.labels = fields.data();
      sample.label_count = fields.size();
      sample.value = value.value;
      if (!buckets.empty()) {
        sample.buckets = buckets.data();
        sample.bucket_count = buckets.size();
        sample.count = buckets.back().count;
        sample.sum = value.histogram.sum;
      }
      visit(user, &sample);
    }
  }
}

MetricOwner::MetricOwner(Metrics& metrics, std::string_view plugin)
    : metrics_(metrics), prefix_([&] {
        std::string prefix = "kavro_" + std::string(plugin) + "_";
        std::replace(prefix.begin(), prefix.end(), '-', '_');
        return prefix;
      }()) {
  const std::lock_guard lock(metrics_.mutex_);
  own_ = metrics_.owners_.emplace(metrics_.owners_.end());
}

MetricOwner::~MetricOwner() {
  endReading();
  const std::lock_guard lock(metrics_.mutex_);
  metrics_.owners_.erase(own_);
}

kavro_status MetricOwner::define(const kavro_metric_definition& definition, kavro_metric** series, std::string& why) {
  why = whyInvalid(definition);
  if (!why.empty() || !series) return KAVRO_INVALID;
  const std::string name = nameOf(prefix_, definition);
  const std::lock_guard lock(metrics_.mutex_);
  for (const Metrics::Definition& other : own_->list) {
    if (other.family->name != name) continue;
    why = "it is defined already";
    return KAVRO_CONFLICT;
  }
  Metrics::Definition made{&familyFor(name, definition), {}, definition.read, definition.user};
  const std::size_t count = definition.label.size > 0 ? definition.value_count : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = definition.label.size > 0 ? std::optional(fromAbi(definition.values[i])) : std::nullopt;
    const auto entry = made.family->series.try_emplace(labelsOf(definition, value)).first;
    if (!entry->second) entry->second = std::make_unique<Metrics::Kept>(made.family->type, made.family->bounds);
    made.series.emplace_back(&entry->first, entry->second.get());
    series[i] = entry->second->series.abi();
  }
  own_->list.push_back(std::move(made));
  return KAVRO_OK;
}

// The family of that name as it is, or a new one when it was of another kind. Labels may differ from before: they tell
// the series apart.
Metrics::Family& MetricOwner::familyFor(const std::string& name, const kavro_metric_definition& definition) {
  const auto type = static_cast<MetricType>(definition.type);
  const std::vector<double> bounds(definition.bounds, definition.bounds + definition.bound_count);
  std::unique_ptr<Metrics::Family>& family = metrics_.families_[name];
  if (family && (family->type != type || family->bounds != bounds)) metrics_.replaced_.push_back(std::move(family));
  if (!family) family = std::make_unique<Metrics::Family>(Metrics::Family{name, {}, type, bounds, {}});
  family->help = fromAbi(definition.help);
  return *family;
}

void MetricOwner::beginReading() {
  const std::lock_guard lock(metrics_.mutex_);
  own_->reading = true;
}

// The last that a counter's function says is kept, so that its successor goes on from there.
void MetricOwner::endReading() {
  const std::lock_guard lock(metrics_.mutex_);
  if (!std::exchange(own_->reading, false)) return;
  for (const Metrics::Definition& definition : own_->list) {
    if (!definition.read || definition.family->type != MetricType::kCounter) continue;
    for (std::size_t i = 0; i < definition.series.size(); ++i) {
      definition.series[i].second->earlier += definition.read(definition.user, i);
    }
  }
}

}  // namespace kavro::host
