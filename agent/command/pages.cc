#include "command/pages.h"

#include <fmt/format.h>

namespace vedette {
namespace {

std::string escape(std::string_view text) {
  std::string safe;
  for (char c : text) {
    switch (c) {
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '&': safe += "&amp;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c;
    }
  }
  return safe;
}

}  // namespace

WebResponse front_page(const Snapshot& snapshot) {
  std::size_t up = 0, down = 0;
  std::string list;
  constexpr std::size_t kMostShown = 100;
  for (const TargetRow& row : snapshot.rows) {
    if (!row.ran) continue;
    row.failed ? ++down : ++up;
    if (!row.failed || down > kMostShown) continue;
    list += fmt::format("<li><code>{}</code> {}: {}</li>\n", escape(row.text->labels), phase_name(row.phase),
                        reason_name(row.reason));
  }
  if (down > kMostShown) list += fmt::format("<li>and {} more</li>\n", down - kMostShown);
  WebResponse response;
  response.type = "text/html; charset=utf-8";
  response.body = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
      "charset=\"utf-8\"><title>vedette</title></head>\n<body>\n<h1>vedette</h1>\n"
      "<p>{} targets: {} up, {} down, {} not probed yet.</p>\n{}"
      "<p><a href=\"metrics\">metrics</a> · <a href=\"config\">config</a> · <a href=\"-/healthy\">healthy</a> · "
      "<a href=\"-/ready\">ready</a> · "
      "<code>probe?target=https://example.org&amp;module=http_2xx</code></p>\n</body></html>\n",
      snapshot.rows.size(), up, down, snapshot.rows.size() - up - down,
      list.empty() ? "" : "<ul>\n" + list + "</ul>\n");
  return response;
}

}  // namespace vedette
