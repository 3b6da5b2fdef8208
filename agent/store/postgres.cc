#include "store/postgres.h"

#include <errno.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace vedette {
namespace {

// The types of the protocol, by their numbers in pg_type: they are fixed.
constexpr Oid kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kFloat4 = 700, kFloat8 = 701;

constexpr std::string_view kTookTooLong = "57014";

// Text that is compared needs an order that no update of the operating system changes, and SQLite's is this one.
const Dialect kDialect{
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    "SELECT pg_advisory_xact_lock(8531290127443)",  // any number that others will not choose
    "TEXT COLLATE \"C\"",
    "labels::jsonb ->> {name} = {value}",
};

using Result_ = std::unique_ptr<PGresult, decltype(&PQclear)>;
using Options = std::vector<std::pair<std::string, std::string>>;

/// On one line, without the secrets: libpq may quote what it was given.
std::string tidy(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 8))
      text.replace(at, secret.size(), "<secret>");
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return std::string(trim(text)).substr(0, 300);
}

std::optional<Options> parse_url(const std::string& url) {
  char* error = nullptr;
  PQconninfoOption* list = PQconninfoParse(url.c_str(), &error);
  if (error) PQfreemem(error);
  if (!list) return std::nullopt;
  Options options;
  for (const PQconninfoOption* one = list; one->keyword; ++one) {
    if (one->val) options.emplace_back(one->keyword, one->val);
  }
  PQconninfoFree(list);
  return options;
}

void set_default(Options& options, const std::string& name, const std::string& value) {
  const bool given = std::any_of(options.begin(), options.end(), [&](const auto& one) { return one.first == name; });
  if (!given) options.emplace_back(name, value);
}

Trouble trouble_of(std::string_view state) {
  if (state.starts_with("22") || state.starts_with("23") || state.starts_with("54")) return Trouble::data;
  if (state.starts_with("42") || state.starts_with("3F")) return Trouble::sql;
  return Trouble::down;
}

class PostgresConnection : public Connection {
 public:
  PostgresConnection(PGconn* connection, std::vector<std::string> secrets, Duration patience)
      : connection_(connection), secrets_(std::move(secrets)), patience_(patience) {}
  ~PostgresConnection() override { PQfinish(connection_); }
  PostgresConnection(const PostgresConnection&) = delete;

  using Connection::execute;
  Answer execute(const std::string& sql, const std::vector<Cell>& values) override;
  Health health() override;
  const Dialect& dialect() const override { return kDialect; }

 private:
  bool send(const std::string& sql, const std::vector<Cell>& values);
  bool await_answer(Time until);
  Answer read(const PGresult* result);
  Answer lost();

  PGconn* connection_;
  std::vector<std::string> secrets_;
  Duration patience_;
  bool broken_ = false;
};

/// A server that ended while nobody asked it anything has closed the connection: that can be seen without asking.
Connection::Health PostgresConnection::health() {
  if (broken_ || PQstatus(connection_) != CONNECTION_OK) return Health::broken;
  pollfd socket{PQsocket(connection_), POLLIN, 0};
  if (::poll(&socket, 1, 0) > 0 && PQconsumeInput(connection_) == 0) return Health::broken;
  return PQstatus(connection_) == CONNECTION_OK ? Health::good : Health::broken;
}

Answer PostgresConnection::lost() {
  broken_ = true;
  return {Trouble::down, tidy(PQerrorMessage(connection_), secrets_), {}};
}

/// Everything goes as text, which needs no byte order; libpq's own form of a double is read back exactly.
bool PostgresConnection::send(const std::string& sql, const std::vector<Cell>& values) {
  std::vector<std::string> texts(values.size());
  std::vector<const char*> pointers(values.size(), nullptr);
  std::vector<Oid> types(values.size(), 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
      texts[i] = fmt::format("{}", *number);
      types[i] = kInt8;
    } else if (const auto* real = std::get_if<double>(&values[i])) {
      texts[i] = fmt::format("{}", *real);
      types[i] = kFloat8;
    } else if (const auto* text = std::get_if<std::string>(&values[i])) {
      texts[i] = *text;
      types[i] = kText;
    } else if (const auto* blob = std::get_if<Bytes>(&values[i])) {
      texts[i] = "\\x" + hex(blob->bytes);
      types[i] = kBytea;
    } else {
      continue;
    }
    pointers[i] = texts[i].c_str();
  }
  return PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), types.data(), pointers.data(),
                           nullptr, nullptr, 0) == 1;
}

/// The server's own time limits end where the server or the network hangs; this one does not.
bool PostgresConnection::await_answer(Time until) {
  for (;;) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return false;
    if (unsent == 0 && PQisBusy(connection_) == 0) return true;
    const auto left = std::chrono::ceil<milliseconds>(until - now()).count();
    if (left <= 0) return false;
    pollfd socket{PQsocket(connection_), static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0 && (socket.revents & ~POLLOUT) != 0 && PQconsumeInput(connection_) == 0) return false;
  }
}

std::optional<std::string> unhex(std::string_view text) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 2; i < text.size(); i += 2) {
    const auto byte = parse_int<unsigned>(text.substr(i, 2), 16);
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

Cell read_cell(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column)) return {};
  const std::string text(PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kInt2:
    case kInt4:
    case kInt8: return std::int64_t{parse_int<std::int64_t>(text).value_or(0)};
    case kFloat4:
    case kFloat8: {
      double number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return number;
    }
    case kBytea: return Bytes{unhex(text).value_or("")};
    default: return text;
  }
}

Answer PostgresConnection::read(const PGresult* result) {
  Answer answer;
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK) return answer;
  if (status != PGRES_TUPLES_OK) {
    const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!code || !message) return lost();
    const std::string_view state = code;
    answer.trouble = trouble_of(state);
    answer.why = tidy(message, secrets_);
    if (state == kTookTooLong) {
      answer.why = "took longer than " + format_duration(patience_);
    } else if (answer.trouble == Trouble::down) {
      broken_ = true;
    }
    return answer;
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    Row& cells = answer.rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column) cells.push_back(read_cell(result, row, column));
  }
  return answer;
}

Answer PostgresConnection::execute(const std::string& sql, const std::vector<Cell>& values) {
  const Time until = now() + patience_;
  if (!send(sql, values)) return lost();
  Answer answer;
  for (bool any = false;; any = true) {
    if (!await_answer(until)) {
      if (now() < until) return lost();
      broken_ = true;
      return {Trouble::down, "did not answer within " + format_duration(patience_), {}};
    }
    const Result_ result(PQgetResult(connection_), &PQclear);
    if (!result) return any ? answer : lost();
    answer = read(result.get());
  }
}

/// The server gives up a little before we do: then the connection can still be used.
Answer settle(Connection& connection, bool read_only, Duration patience) {
  const auto ms = std::chrono::duration_cast<milliseconds>(patience).count() * 9 / 10;
  Answer done = connection.execute(fmt::format("SET statement_timeout = {}", ms));
  if (done) done = connection.execute("SET client_min_messages = warning");
  if (done && read_only) done = connection.execute("SET default_transaction_read_only = on");
  return done;
}

}  // namespace

bool good_postgres_url(const std::string& url) {
  const auto options = parse_url(url);
  if (!options) return false;
  for (const auto& [name, value] : *options) {
    if (name != "port" || value.empty()) continue;
    for (const std::string_view port : split(value, ',')) {  // one for each host
      if (!port.empty() && parse_int<std::uint16_t>(port).value_or(0) == 0) return false;
    }
  }
  return true;
}

Opened open_postgres(const std::string& url, const std::string& password, bool read_only, Duration patience) {
  auto options = parse_url(url);
  if (!options) return {nullptr, Trouble::hopeless, "its url makes no sense"};
  std::vector<std::string> secrets{password, url};
  for (auto& [name, value] : *options) {
    if (name == "password" || name == "sslpassword") secrets.push_back(value);
  }
  if (!password.empty()) options->emplace_back("password", password);
  const auto whole = std::chrono::duration_cast<seconds>(patience).count();
  set_default(*options, "connect_timeout", fmt::format("{}", std::max<long>(2, whole)));
  set_default(*options, "tcp_user_timeout", fmt::format("{}", whole * 1000));
  set_default(*options, "application_name", "vedette");
  options->emplace_back("client_encoding", "UTF8");
  std::vector<const char*> names, values;
  for (const auto& [name, value] : *options) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* raw = PQconnectdbParams(names.data(), values.data(), 0);
  if (!raw) return {nullptr, Trouble::down, "cannot be reached: out of memory"};
  auto connection = std::make_unique<PostgresConnection>(raw, secrets, patience);
  if (PQstatus(raw) != CONNECTION_OK) return {nullptr, Trouble::down, tidy(PQerrorMessage(raw), secrets)};
  // Any other encoding has no room for some of our characters, and would refuse the rows that have them.
  const char* encoding = PQparameterStatus(raw, "server_encoding");
  const std::string_view kept = encoding ? encoding : "UTF8";
  if (kept != "UTF8" && kept != "SQL_ASCII")
    return {nullptr, Trouble::hopeless,
            fmt::format("keeps text as {}: make the database with ENCODING 'UTF8'", tidy(std::string(kept), secrets))};
  // A notice would go to standard error, past our log.
  PQsetNoticeProcessor(raw, [](void*, const char*) {}, nullptr);
  PQsetnonblocking(raw, 1);
  if (Answer settled = settle(*connection, read_only, patience); !settled)
    return {nullptr, settled.trouble == Trouble::none ? Trouble::down : settled.trouble, settled.why};
  return {std::move(connection), Trouble::none, ""};
}

}  // namespace vedette
