#pragma once
// A module's options from YAML text, as a test writes them.

#include <memory>
#include <string>

#include "config/node.h"
#include "probe/http_options.h"

namespace vedette {

struct ReadOptions {
  Document document;
  HttpOptions options;
  /// All problems, one a line; empty: none.
  std::string problems() const {
    std::string text;
    for (const Problem& problem : document.problems()) text += problem.text() + "\n";
    return text;
  }
};

inline ReadOptions read_options(const std::string& yaml) {
  Document document = Document::read("test.yml", yaml);
  HttpOptions options = read_http_options(document.root());
  return {document, std::move(options)};
}

}  // namespace vedette
