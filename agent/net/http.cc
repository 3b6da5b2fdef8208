#include "net/http.h"

#include <uv.h>

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "net/failures.h"
#include "net/http_exchange.h"
#include "net/http_slot.h"
#include "net/poller.h"
#include "net/turn.h"

namespace vedette {

void HttpHeaders::clear() {
  text_.clear();
  lines_.clear();
}

void HttpHeaders::add(std::string_view name, std::string_view value) {
  auto begin = static_cast<std::uint32_t>(text_.size());
  text_.append(name);
  auto middle = static_cast<std::uint32_t>(text_.size());
  text_.append(value);
  lines_.push_back({begin, middle, middle, static_cast<std::uint32_t>(text_.size())});
}

void HttpHeaders::add(std::string_view line) {
  // An obsolete folded line belongs to the one before.
  if (!lines_.empty() && (line[0] == ' ' || line[0] == '\t')) {
    text_.append(" ").append(trim(line));
    lines_.back().end = static_cast<std::uint32_t>(text_.size());
    return;
  }
  std::size_t colon = std::min(line.find(':'), line.size());
  add(line.substr(0, colon), colon < line.size() ? trim(line.substr(colon + 1)) : std::string_view());
}

std::string_view HttpHeaders::name(std::size_t i) const {
  return std::string_view(text_).substr(lines_[i].begin, lines_[i].colon - lines_[i].begin);
}

std::string_view HttpHeaders::value(std::size_t i) const {
  return std::string_view(text_).substr(lines_[i].value, lines_[i].end - lines_[i].value);
}

std::optional<std::string_view> HttpHeaders::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (equal_ignore_case(name(i), wanted)) return value(i);
  }
  return std::nullopt;
}

// libcurl's multi handle on our loop: one uv_poll a socket, one timer, and a small stack of idle handles.
struct HttpClient::Engine : Timer {
  struct Socket {
    uv_poll_t poll;
    Engine* engine;
    curl_socket_t fd;
    int events;
    std::shared_ptr<HttpSlot*> slot;  // null once the exchange has ended: libcurl may keep the socket longer
  };

  explicit Engine(Loop& on) : loop(on), multi(curl_multi_init()) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  }
  ~Engine() override {
    idle.clear();
    curl_multi_cleanup(multi);
    loop.disarm(*this);
  }

  struct Resume;
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known);
  static int on_timer(CURLM*, long ms, void* self);
  static void on_ready(uv_poll_t* handle, int status, int events);
  void fire() override { act(CURL_SOCKET_TIMEOUT, 0); }
  void act(curl_socket_t fd, int events);
  void settle();
  HttpSlot* take_slot();

  Loop& loop;
  Poller poller{loop};
  CURLM* multi;
  std::shared_ptr<Trust> trust = Trust::of_system();
  std::vector<std::unique_ptr<HttpSlot>> idle;
  bool kick = false;  // libcurl wants to be called at once
  Time turn{};        // when it was last called
};

// Goes on with a body that gave way to others.
struct HttpClient::Engine::Resume : Timer {
  Resume(Engine& on, CURL* handle) : engine(on), easy(handle) {}
  ~Resume() override { engine.loop.disarm(*this); }
  void at(Time moment) {
    when = moment;
    engine.loop.arm(*this);
  }
  void fire() override {
    engine.turn = now();
    curl_easy_pause(easy, CURLPAUSE_CONT);
    engine.settle();
  }
  Engine& engine;
  CURL* easy;
};

int HttpClient::Engine::on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* known) {
  auto* engine = static_cast<Engine*>(self);
  auto* socket = static_cast<Socket*>(known);
  if (what == CURL_POLL_REMOVE) {
    if (!socket) return 0;
    curl_multi_assign(engine->multi, fd, nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&socket->poll),
             [](uv_handle_t* h) { delete static_cast<Socket*>(h->data); });
    return 0;
  }
  if (!socket) {
    char* slot = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    socket = new Socket{{}, engine, fd, 0, reinterpret_cast<HttpSlot*>(slot)->link()};
    socket->poll.data = socket;
    uv_poll_init_socket(engine->loop.handle(), &socket->poll, fd);
    curl_multi_assign(engine->multi, fd, socket);
  }
  int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
  // Starting again costs libuv two system calls, so only when something changes.
  if (events != socket->events) uv_poll_start(&socket->poll, events, on_ready);
  socket->events = events;
  return 0;
}

int HttpClient::Engine::on_timer(CURLM*, long ms, void* self) {
  auto* engine = static_cast<Engine*>(self);
  engine->loop.disarm(*engine);
  engine->kick = ms == 0;
  if (ms <= 0) return 0;
  engine->when = now() + milliseconds(ms);
  engine->loop.arm(*engine);
  return 0;
}

void HttpClient::Engine::on_ready(uv_poll_t* handle, int status, int events) {
  auto* socket = static_cast<Socket*>(handle->data);
  Engine& engine = *socket->engine;
  int flags = status < 0 ? CURL_CSELECT_ERR : 0;
  if (events & UV_READABLE) flags |= CURL_CSELECT_IN;
  if (events & UV_WRITABLE) flags |= CURL_CSELECT_OUT;
  if (HttpSlot* slot = *socket->slot) slot->note_event();
  engine.act(socket->fd, flags);
  engine.loop.drain();
}

void HttpClient::Engine::act(curl_socket_t fd, int events) {
  int running = 0;
  turn = now();
  curl_multi_socket_action(multi, fd, events, &running);
  settle();
}

// What libcurl wants at once is done at once, without a trip through the kernel; then the ended exchanges are told.
void HttpClient::Engine::settle() {
  int running = 0, left = 0;
  for (int rounds = 0; kick && rounds < 8; ++rounds) {
    kick = false;
    turn = now();
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  if (kick) {  // let others have a turn
    kick = false;
    loop.disarm(*this);
    when = now();
    loop.arm(*this);
  }
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* slot = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
    auto* ended = reinterpret_cast<HttpSlot*>(slot);
    ended->code = message->data.result;
    ended->finish();  // before the task runs again: the stamp of the end must not wait for it
    if (ended->done) ended->done->set();
  }
}

HttpSlot* HttpClient::Engine::take_slot() {
  if (idle.empty()) return new HttpSlot;
  HttpSlot* slot = idle.back().release();
  idle.pop_back();
  return slot;
}

HttpClient::HttpClient(Loop& loop) : engine_(std::make_unique<Engine>(loop)) {}
HttpClient::~HttpClient() = default;
const std::shared_ptr<Trust>& HttpClient::system_trust() const { return engine_->trust; }

HttpSession::HttpSession(HttpClient& client) : engine_(*client.engine_) {}

HttpSession::~HttpSession() {
  if (!slot_) return;
  slot_->forget();
  // A burst of flights must not leave its memory behind for ever.
  if (engine_.idle.size() < 64) {
    engine_.idle.emplace_back(slot_);
  } else {
    delete slot_;
  }
}

// A packed body goes on coming out for long after the answer has ended.
static Task<void> unpack_rest(Loop* loop, BodySink* sink, HttpReply* reply) {
  while (sink && sink->waits() && !reply->failure && !reply->stopped) {
    Time begin = now();
    reply->stopped = !work_off(*sink, begin);
    if (reply->stopped || !sink->waits()) co_return;
    Loop::Sleep pause = loop->sleep_until(next_turn(begin));
    Wake why = co_await pause;
    if (why != Wake::ready) reply->failure = out_of_time(why, Phase::response, true);
  }
}

Task<void> HttpSession::exchange(const HttpCall& call, HttpReply& reply) {
  // What a stranger may say through /probe?hostname= must not begin a line, or a request, of its own.
  if (std::any_of(call.host.begin(), call.host.end(),
                  [](char c) { return static_cast<signed char>(c) <= 32 || c == 127; })) {
    reply.failure = Failure{Phase::agent, Reason::bad_target, "not a host: " + in_quotes(call.host)};
    co_return;
  }
  if (HttpExchange::fits(call)) {
    HttpExchange own(engine_.poller, call, reply, engine_.trust);
    co_await own.run();
    co_await unpack_rest(&engine_.loop, call.sink, &reply);
    co_return;
  }
  if (!slot_) slot_ = engine_.take_slot();
  auto ready = slot_->begin(call, reply, engine_.trust);
  if (!ready) {
    reply.failure = Failure{Phase::agent, Reason::secret_unreadable, ready.error().message};
    co_return;
  }
  Event done;
  slot_->done = &done;
  slot_->turn = &engine_.turn;
  HttpClient::Engine::Resume resume(engine_, slot_->easy());
  slot_->pause = [&resume](Time until) { resume.at(until); };
  curl_multi_add_handle(engine_.multi, slot_->easy());
  engine_.settle();
  Wake why = co_await done.wait();
  slot_->done = nullptr;
  slot_->pause = nullptr;
  curl_multi_remove_handle(engine_.multi, slot_->easy());
  if (!done.is_set()) slot_->give_up(why);
  co_await unpack_rest(&engine_.loop, call.sink, &reply);
}

}  // namespace vedette
