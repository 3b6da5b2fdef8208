// prometheus-cpp's model and text serializer carry the agent's own numbers; it knows no OpenMetrics, so that text is
// ours.

#include <algorithm>
#include <sstream>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "page/family.h"
#include "page/writer.h"

namespace vedette {
namespace {

/// Ordered by name; points of families that came in several parts stand together.
std::vector<OwnFamily> merged(std::vector<OwnFamily> families) {
  std::stable_sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<OwnFamily> result;
  for (OwnFamily& family : families) {
    if (family.points.empty()) continue;
    if (result.empty() || result.back().name != family.name) {
      result.push_back(std::move(family));
    } else {
      std::move(family.points.begin(), family.points.end(), std::back_inserter(result.back().points));
    }
  }
  return result;
}

std::uint64_t count_of(const OwnPoint& point) { return point.buckets.empty() ? 0 : point.buckets.back().second; }

prometheus::ClientMetric to_metric(const OwnPoint& point, OwnFamily::Type type) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : point.labels) metric.label.push_back({name, value});
  if (type == OwnFamily::Type::counter) metric.counter.value = point.value;
  if (type == OwnFamily::Type::gauge) metric.gauge.value = point.value;
  if (type != OwnFamily::Type::histogram) return metric;
  metric.histogram.sample_count = count_of(point);
  metric.histogram.sample_sum = point.value;
  for (const auto& [bound, count] : point.buckets) metric.histogram.bucket.push_back({count, bound});
  return metric;
}

prometheus::MetricType to_type(OwnFamily::Type type) {
  switch (type) {
    case OwnFamily::Type::counter: return prometheus::MetricType::Counter;
    case OwnFamily::Type::histogram: return prometheus::MetricType::Histogram;
    case OwnFamily::Type::gauge: break;
  }
  return prometheus::MetricType::Gauge;
}

std::string text_page(const std::vector<OwnFamily>& families) {
  std::vector<prometheus::MetricFamily> collected;
  for (const OwnFamily& family : families) {
    prometheus::MetricFamily& into = collected.emplace_back();
    into.name = family.name;
    into.help = family.help;
    into.type = to_type(family.type);
    for (const OwnPoint& point : family.points) into.metric.push_back(to_metric(point, family.type));
  }
  std::ostringstream page;
  prometheus::TextSerializer().Serialize(page, collected);
  return page.str();
}

void write_point(PageWriter& page, const OwnFamily& family, const OwnPoint& point) {
  const std::string labels = label_text(point.labels);
  if (family.type != OwnFamily::Type::histogram) return page.line(family.name, labels, {}, point.value);
  for (const auto& [bound, count] : point.buckets) {
    page.line(family.name + "_bucket", labels, label_text({{"le", bound_float(bound)}}), static_cast<double>(count));
  }
  page.line(family.name + "_count", labels, {}, static_cast<double>(count_of(point)));
  page.line(family.name + "_sum", labels, {}, point.value);
}

std::string openmetrics_page(const std::vector<OwnFamily>& families) {
  std::string text;
  const PageSink into_text = [&](std::string_view piece) {
    text += piece;
    return true;
  };
  PageWriter page(into_text);
  for (const OwnFamily& family : families) {
    page.add(family_head(family.name, family.help, family.type, Exposition::openmetrics));
    for (const OwnPoint& point : family.points) write_point(page, family, point);
  }
  page.flush();
  return text;
}

}  // namespace

std::string own_page(const std::vector<OwnFamily>& own, Exposition exposition) {
  const std::vector<OwnFamily> families = merged(own);
  return exposition == Exposition::text ? text_page(families) : openmetrics_page(families);
}

}  // namespace vedette
