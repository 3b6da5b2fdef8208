#include "config/suggest.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace vedette {
namespace {

constexpr std::size_t kLongest = 64;

/// Case and the choice between - and _ do not make another word.
std::string normal(std::string_view word) {
  std::string text = to_lower(word);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

/// How many letters were added, lost, mistaken or swapped.
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> least(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t k = 0; k <= b.size(); ++k) {
      if (i == 0 || k == 0) {
        least[i][k] = i + k;
        continue;
      }
      const std::size_t replaced = least[i - 1][k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1);
      least[i][k] = std::min({least[i - 1][k] + 1, least[i][k - 1] + 1, replaced});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
        least[i][k] = std::min(least[i][k], least[i - 2][k - 2] + 1);
      }
    }
  }
  return least[a.size()][b.size()];
}

}  // namespace

std::string_view closest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kLongest) return {};
  const std::string wanted = normal(word);
  std::size_t allowed = word.size() < 3 ? 0 : word.size() < 6 ? 1 : 2;
  std::string_view best;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kLongest) continue;
    const std::size_t distance = slips(wanted, normal(candidate));
    if (distance > allowed || (distance == allowed && !best.empty())) continue;
    best = candidate;
    allowed = distance;
  }
  return best;
}

}  // namespace vedette
