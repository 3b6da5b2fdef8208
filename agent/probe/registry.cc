#include "probe/registry.h"

namespace vedette {

// THE LIST. A prober is its file, its test and its line here: the word in the configuration is the file's name.
#define VEDETTE_PROBERS(X) X(http)

#define VEDETTE_DECLARE(word) RecipeReader read_##word##_recipe;
VEDETTE_PROBERS(VEDETTE_DECLARE)
#undef VEDETTE_DECLARE

namespace {

struct Entry {
  std::string_view word;
  RecipeReader* read;
};

constexpr Entry kProbers[] = {
#define VEDETTE_ENTRY(word) {#word, read_##word##_recipe},
    VEDETTE_PROBERS(VEDETTE_ENTRY)
#undef VEDETTE_ENTRY
};

}  // namespace

std::shared_ptr<const Recipe> read_recipe(std::string_view prober, const Node& options) {
  for (const Entry& entry : kProbers) {
    if (entry.word == prober) return entry.read(options);
  }
  return nullptr;
}

std::vector<std::string_view> prober_words() {
  std::vector<std::string_view> words;
  for (const Entry& entry : kProbers) words.push_back(entry.word);
  return words;
}

}  // namespace vedette
