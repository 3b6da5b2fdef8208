#include "github/people.h"

#include <algorithm>

#include "base/text.h"
#include "net/digest.h"

namespace vedette {
namespace {

constexpr std::string_view kBotSuffix = "[bot]";

}  // namespace

GithubPerson read_person(const Json& user) {
  GithubPerson person;
  const Json number = user.at("id").integer() ? user.at("id") : user.at("databaseId");
  person.id = number.integer_or(0);
  person.login = user.at("login").text_or("");
  const std::string type = user.at("type").text_or(user.at("__typename").text_or(""));
  person.bot = type == "Bot" || person.login.ends_with(kBotSuffix);
  if (person.bot && !person.login.empty() && !person.login.ends_with(kBotSuffix)) person.login += kBotSuffix;
  return person;
}

std::optional<GithubPerson> person_of_email(std::string_view email) {
  constexpr std::string_view kHost = "@users.noreply.github.com";
  if (email.size() <= kHost.size() || !equal_ignore_case(email.substr(email.size() - kHost.size()), kHost))
    return std::nullopt;
  std::string_view name = email.substr(0, email.size() - kHost.size());
  GithubPerson person;
  if (const std::size_t plus = name.find('+'); plus != std::string_view::npos) {
    auto id = parse_int<std::int64_t>(name.substr(0, plus));
    if (!id || *id <= 0) return std::nullopt;
    person.id = *id;
    name.remove_prefix(plus + 1);
  }
  if (name.empty()) return std::nullopt;
  person.login = name;
  person.bot = name.ends_with(kBotSuffix);
  return person;
}

std::vector<std::string> co_author_emails(std::string_view message) {
  constexpr std::string_view kTrailer = "co-authored-by:";
  std::vector<std::string> emails;
  for (std::string_view line : split(message, '\n')) {
    line = trim(line);
    if (!starts_with_ignore_case(line, kTrailer) || !line.ends_with('>')) continue;
    const std::size_t open = line.rfind('<');
    if (open == std::string_view::npos) continue;
    std::string email(trim(line.substr(open + 1, line.size() - open - 2)));
    if (!email.empty() && std::find(emails.begin(), emails.end(), email) == emails.end())
      emails.push_back(std::move(email));
  }
  return emails;
}

std::string pseudonym(std::string_view key, std::int64_t person) {
  constexpr std::size_t kBytes = 6;  // of two among ten thousand people the same: once in five million lists
  return "dev-" + hex(keyed_digest(key, std::to_string(person)).substr(0, kBytes));
}

}  // namespace vedette
