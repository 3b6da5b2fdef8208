#include "net/http2.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/text.h"
#include "net/http1.h"
#include "net/http_profile.h"

namespace vedette {

namespace {

// What a server may send before it hears from us: large enough that its bandwidth is measured, not our patience.
constexpr std::int32_t kWindow = 4 << 20;
constexpr std::size_t kMostUnsent = 64 << 10;

// What belongs to the connection has no place in HTTP/2.
bool is_of_connection(std::string_view name) {
  static constexpr std::array kNames = {"connection", "host",    "keep-alive",        "proxy-connection",
                                        "te",         "upgrade", "transfer-encoding", "http2-settings"};
  return std::any_of(kNames.begin(), kNames.end(), [&](const char* other) { return name == other; });
}

// The request's headers as nghttp2 wants them.
class Fields {
 public:
  void add(std::string name, std::string value) {
    text_.push_back(std::make_unique<std::pair<std::string, std::string>>(std::move(name), std::move(value)));
    auto& [left, right] = *text_.back();
    fields_.push_back({reinterpret_cast<std::uint8_t*>(left.data()), reinterpret_cast<std::uint8_t*>(right.data()),
                       left.size(), right.size(), NGHTTP2_NV_FLAG_NONE});
  }
  void add_line(std::string_view line) {
    std::size_t colon = line.find(':');
    std::string name = to_lower(line.substr(0, colon));
    if (colon != line.npos && !is_of_connection(name)) add(std::move(name), std::string(trim(line.substr(colon + 1))));
  }
  const std::vector<nghttp2_nv>& list() const { return fields_; }

 private:
  std::vector<std::unique_ptr<std::pair<std::string, std::string>>> text_;
  std::vector<nghttp2_nv> fields_;
};

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

// What nghttp2 calls while it reads and writes frames.
struct Http2Callbacks {
  static Http2Wire& of(void* self) { return *static_cast<Http2Wire*>(self); }

  static int begin_headers(nghttp2_session*, const nghttp2_frame*, void* self) {
    of(self).answering_ = false;
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
    Http2Wire& wire = of(self);
    HttpReply& reply = wire.reply_;
    if ((wire.header_bytes_ += name_size + value_size) > kMostHeaderBytes || reply.headers.size() == kMostHeaderLines) {
      wire.fail(Reason::headers_too_large, kHeadersTooLarge);
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    std::string_view key = view(name, name_size), content = view(value, value_size);
    if (key == ":status") {  // what came before was a 1xx
      wire.answering_ = true;
      reply.headers.clear();
      reply.version = 2;
      reply.status = parse_int<int>(content).value_or(0);
    } else if (wire.answering_) {  // else these are trailers, which are of no interest
      reply.headers.add(key, content);
    }
    return 0;
  }

  static int data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* bytes, std::size_t size,
                  void* self) {
    Http2Wire& wire = of(self);
    if (!wire.call_.sink || wire.call_.sink->take(view(bytes, size))) return 0;
    wire.reply_.stopped = true;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int came(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    bool body = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (body && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) of(self).answered_ = true;
    return 0;
  }

  static int closed(nghttp2_session*, std::int32_t, std::uint32_t code, void* self) {
    of(self).closed_ = true;
    of(self).code_ = code;
    return 0;
  }

  static int made(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    bool ours = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (ours && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) of(self).asked_ = true;
    return 0;
  }

  static ssize_t body(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size, std::uint32_t* flags,
                      nghttp2_data_source*, void* self) {
    Http2Wire& wire = of(self);
    const std::string& from = *wire.call_.body;
    std::size_t part = std::min(size, from.size() - wire.body_at_);
    std::memcpy(into, from.data() + wire.body_at_, part);
    wire.body_at_ += part;
    if (wire.body_at_ == from.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part);
  }
};

Http2Wire::Http2Wire(const HttpCall& call, HttpReply& reply) : call_(call), reply_(reply) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Http2Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Http2Callbacks::header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Http2Callbacks::data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Http2Callbacks::came);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Http2Callbacks::closed);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Http2Callbacks::made);
  nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  std::array<nghttp2_settings_entry, 2> settings = {
      {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
  ask();
}

Http2Wire::~Http2Wire() { nghttp2_session_del(session_); }

void Http2Wire::ask() {
  const HttpProfile& profile = *call_.profile;
  Fields fields;
  fields.add(":method", profile.settings.method);
  fields.add(":scheme", "https");
  fields.add(":authority", call_.host.empty() ? host_header(call_.url) : call_.host);
  fields.add(":path", path_of(call_.url));
  if (!profile.user_agent.empty()) fields.add("user-agent", profile.user_agent);
  for (const std::string& line : call_.headers) fields.add_line(line);
  for (std::string_view line : split(profile.lines, '\n')) fields.add_line(line);
  if (call_.body ? !call_.chunked : profile.says_length())
    fields.add("content-length", std::to_string(call_.body ? call_.body->size() : 0));
  nghttp2_data_provider provider{};
  provider.read_callback = Http2Callbacks::body;
  bool body = call_.body && !call_.body->empty();
  nghttp2_submit_request(session_, nullptr, fields.list().data(), fields.list().size(), body ? &provider : nullptr,
                         nullptr);
}

std::string_view Http2Wire::unsent() {
  if (at_ == out_.size()) {
    out_.clear();
    at_ = 0;
    const std::uint8_t* frames = nullptr;
    while (out_.size() < kMostUnsent) {
      ssize_t size = nghttp2_session_mem_send(session_, &frames);
      if (size <= 0) break;
      out_.append(view(frames, static_cast<std::size_t>(size)));
    }
  }
  return std::string_view(out_).substr(at_);
}

HttpState Http2Wire::fail(Reason reason, std::string sentence) {
  if (!reply_.failure) reply_.failure = Failure{Phase::response, reason, std::move(sentence)};
  return HttpState::failed;
}

// What the callbacks have noted.
HttpState Http2Wire::verdict() {
  if (reply_.failure) return HttpState::failed;
  if (reply_.stopped) return HttpState::done;
  if (!closed_ && !answered_) return HttpState::more;
  if (!answered_ && code_ == NGHTTP2_NO_ERROR)
    return fail(Reason::truncated, "the HTTP/2 stream ended before the answer did");
  if (!answered_)
    return fail(Reason::http2_error, std::string("the HTTP/2 stream ended with ") + nghttp2_http2_strerror(code_));
  if (reply_.status == 0) return fail(Reason::malformed, "the answer has no status");
  return HttpState::done;
}

HttpState Http2Wire::feed(std::string_view bytes) {
  ssize_t result =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  HttpState state = verdict();
  if (state != HttpState::more || result >= 0) return state;
  // Headers without end, in the words of newer libraries and of older ones.
  constexpr int kTooManyContinuations = -905;
  int error = static_cast<int>(result);
  if (error == kTooManyContinuations || error == NGHTTP2_ERR_NOMEM)
    return fail(Reason::headers_too_large, kHeadersTooLarge);
  return fail(Reason::http2_error, std::string("the HTTP/2 session broke: ") + nghttp2_strerror(error));
}

HttpState Http2Wire::end() {
  HttpState state = verdict();
  if (state != HttpState::more) return state;
  if (reply_.version == 0) return fail(Reason::closed, "the server closed the connection without an answer");
  return fail(Reason::truncated, "the answer ended before its stream did");
}

// What we send may end the stream: our refusal of what the server did. A session that the server has broken is given up
// by nghttp2, which says so to the server and wants no more.
HttpState Http2Wire::state() {
  HttpState state = verdict();
  if (state != HttpState::more) return state;
  if (nghttp2_session_want_read(session_) || nghttp2_session_want_write(session_)) return HttpState::more;
  return fail(Reason::http2_error, "the server broke the HTTP/2 session");
}

}  // namespace vedette
