#include "serve/web_metrics.h"

#include <algorithm>

namespace vedette {

WebMetrics::WebMetrics(std::vector<std::string> paths) : paths_(std::move(paths)) {
  std::sort(paths_.begin(), paths_.end());
  paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
  paths_.push_back("other");
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    durations_.push_back(std::make_unique<Histogram>(std::vector<double>{0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10}));
  }
}

std::size_t WebMetrics::place(std::string_view path) const {
  const auto last = paths_.end() - 1;  // `other` is no path
  const auto found = std::lower_bound(paths_.begin(), last, path);
  return found != last && *found == path ? static_cast<std::size_t>(found - paths_.begin()) : other();
}

void WebMetrics::count(std::size_t place, int code) const {
  requests_.with([&](auto& requests) { ++requests[{place, code}]; });
}

void WebMetrics::append_to(std::vector<OwnFamily>& families) const {
  OwnFamily requests{
      "vedette_web_requests_total", "Requests answered by the agent's web server", OwnFamily::Type::counter, {}};
  requests_.with([&](const auto& counts) {
    for (const auto& [key, count] : counts) {
      const auto& [place, code] = key;
      requests.points.push_back(
          {{{"path", paths_[place]}, {"code", std::to_string(code)}}, static_cast<double>(count), {}});
    }
  });
  OwnFamily in_flight{"vedette_web_requests_in_flight",
                      "Requests being answered by the agent's web server",
                      OwnFamily::Type::gauge,
                      {{{}, static_cast<double>(in_flight_.load()), {}}}};
  OwnFamily durations{"vedette_web_request_duration_seconds",
                      "How long answers of the agent's web server took in seconds",
                      OwnFamily::Type::histogram,
                      {}};
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    durations.points.push_back(durations_[i]->point({{"path", paths_[i]}}));
  }
  families.push_back(std::move(durations));
  families.push_back(std::move(in_flight));
  families.push_back(std::move(requests));
}

}  // namespace vedette
