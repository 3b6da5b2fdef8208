#include "net/resolver.h"

#include <ares.h>
#include <netdb.h>
#include <sys/socket.h>
#include <uv.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/text.h"
#include "net/hosts_file.h"

namespace vedette {

struct Resolver::Files {
  FileWatch resolv_conf{"/etc/resolv.conf"};
  FileWatch hosts{"/etc/hosts"};
  HostsTable table;
  Time looked{};
};

// One c-ares channel on the loop. Kept alive by the queries in flight, so that a change of resolv.conf ends none of
// them.
class Resolver::Channel : public std::enable_shared_from_this<Channel> {
 public:
  struct Query {
    std::shared_ptr<Channel> channel;
    Event done;
    int status = ARES_ECANCELLED;
    std::vector<IpAddress> found;
    bool abandoned = false;  // its waiter has gone: the callback frees it
  };

  Channel(Loop& loop, const std::string& servers);
  ~Channel();
  bool usable() const { return usable_; }
  void ask(const std::string& name, int family, Query* query);
  void cancel() { ares_cancel(channel_); }

 private:
  struct Poll {
    uv_poll_t handle;
    Channel* channel;
    ares_socket_t socket;
  };
  static void on_answer(void* arg, int status, int, ares_addrinfo* answer);
  static void on_socket(void* self, ares_socket_t socket, int readable, int writable);
  static void on_ready(uv_poll_t* handle, int status, int events);
  static void on_timer(uv_timer_t* handle);
  void arm_timer();

  Loop& loop_;
  ares_channel channel_{};
  bool usable_ = false;
  uv_timer_t* timer_;
  std::map<ares_socket_t, Poll*> polls_;
};

// `options timeout:2 attempts:3` of resolv.conf, in seconds and tries: c-ares 1.18 reads neither.
static void read_patience(ares_options& options, int& mask) {
  std::ifstream file("/etc/resolv.conf");
  for (std::string word; file >> word;) {
    auto number = [&](std::string_view name) {
      return word.starts_with(name) ? parse_int<int>(word.substr(name.size())) : std::nullopt;
    };
    if (auto seconds_each = number("timeout:"); seconds_each && *seconds_each > 0 && *seconds_each <= 30) {
      options.timeout = *seconds_each * 1000;
      mask |= ARES_OPT_TIMEOUTMS;
    } else if (auto tries = number("attempts:"); tries && *tries > 0 && *tries <= 5) {
      options.tries = *tries;
      mask |= ARES_OPT_TRIES;
    }
  }
}

Resolver::Channel::Channel(Loop& loop, const std::string& servers) : loop_(loop), timer_(new uv_timer_t) {
  uv_timer_init(loop_.handle(), timer_);
  timer_->data = this;
  ares_options options{};
  int mask = ARES_OPT_FLAGS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS;
  options.flags = ARES_FLAG_STAYOPEN;
  options.sock_state_cb = on_socket;
  options.sock_state_cb_data = this;
  char lookups[] = "b";  // /etc/hosts is read by us, once, not by c-ares at every query
  options.lookups = lookups;
  if (servers.empty()) read_patience(options, mask);
#ifdef ARES_OPT_QUERY_CACHE
  mask |= ARES_OPT_QUERY_CACHE;  // newer c-ares would answer from memory, and the probe would measure nothing
  options.qcache_max_ttl = 0;
#endif
  usable_ = ares_init_options(&channel_, &options, mask) == ARES_SUCCESS;
  if (usable_ && !servers.empty()) usable_ = ares_set_servers_ports_csv(channel_, servers.c_str()) == ARES_SUCCESS;
}

Resolver::Channel::~Channel() {
  if (channel_) ares_destroy(channel_);
  for (auto& [socket, poll] : polls_) {
    uv_close(reinterpret_cast<uv_handle_t*>(&poll->handle), [](uv_handle_t* h) { delete static_cast<Poll*>(h->data); });
  }
  uv_close(reinterpret_cast<uv_handle_t*>(timer_), [](uv_handle_t* h) { delete reinterpret_cast<uv_timer_t*>(h); });
}

void Resolver::Channel::ask(const std::string& name, int family, Query* query) {
  query->channel = shared_from_this();
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, on_answer, query);
  arm_timer();
}

void Resolver::Channel::on_answer(void* arg, int status, int, ares_addrinfo* answer) {
  auto* query = static_cast<Query*>(arg);
  query->status = status;
  for (auto* node = answer ? answer->nodes : nullptr; node; node = node->ai_next) {
    IpAddress address;
    if (node->ai_family == AF_INET) {
      std::memcpy(address.bytes.data(), &reinterpret_cast<sockaddr_in*>(node->ai_addr)->sin_addr, 4);
    } else if (node->ai_family == AF_INET6) {
      address.family = Family::ip6;
      std::memcpy(address.bytes.data(), &reinterpret_cast<sockaddr_in6*>(node->ai_addr)->sin6_addr, 16);
    } else {
      continue;
    }
    query->found.push_back(address);
  }
  if (answer) ares_freeaddrinfo(answer);
  if (!query->abandoned) {
    query->done.set();
    return;
  }
  // The last reference may destroy the channel, which c-ares forbids inside its own callback.
  auto channel = std::move(query->channel);
  Loop& loop = channel->loop_;
  delete query;
  loop.post([channel] {});
}

void Resolver::Channel::on_socket(void* self, ares_socket_t socket, int readable, int writable) {
  auto* channel = static_cast<Channel*>(self);
  auto found = channel->polls_.find(socket);
  if (!readable && !writable) {
    if (found == channel->polls_.end()) return;
    Poll* poll = found->second;
    channel->polls_.erase(found);
    poll->handle.data = poll;
    uv_close(reinterpret_cast<uv_handle_t*>(&poll->handle), [](uv_handle_t* h) { delete static_cast<Poll*>(h->data); });
    return;
  }
  if (found == channel->polls_.end()) {
    auto* poll = new Poll{{}, channel, socket};
    uv_poll_init_socket(channel->loop_.handle(), &poll->handle, socket);
    poll->handle.data = poll;
    found = channel->polls_.emplace(socket, poll).first;
  }
  uv_poll_start(&found->second->handle, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_ready);
}

void Resolver::Channel::on_ready(uv_poll_t* handle, int status, int events) {
  auto* poll = static_cast<Poll*>(handle->data);
  auto channel = poll->channel->shared_from_this();
  bool read = status < 0 || (events & UV_READABLE);
  bool write = status < 0 || (events & UV_WRITABLE);
  ares_process_fd(channel->channel_, read ? poll->socket : ARES_SOCKET_BAD, write ? poll->socket : ARES_SOCKET_BAD);
  channel->arm_timer();
  channel->loop_.drain();
}

void Resolver::Channel::on_timer(uv_timer_t* handle) {
  auto channel = static_cast<Channel*>(handle->data)->shared_from_this();
  ares_process_fd(channel->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  channel->arm_timer();
  channel->loop_.drain();
}

void Resolver::Channel::arm_timer() {
  timeval next{};
  if (!ares_timeout(channel_, nullptr, &next)) {
    uv_timer_stop(timer_);
    return;
  }
  auto wait = static_cast<std::uint64_t>(next.tv_sec) * 1000 + static_cast<std::uint64_t>(next.tv_usec) / 1000 + 1;
  uv_timer_start(timer_, on_timer, wait, 0);
}

Resolver::Resolver(Loop& loop, std::string servers)
    : loop_(loop), servers_(std::move(servers)), files_(std::make_unique<Files>()) {}

Resolver::~Resolver() {
  replaced_.push_back(channel_);
  for (auto& old : replaced_) {
    if (auto channel = old.lock()) channel->cancel();
  }
}

std::shared_ptr<Resolver::Channel> Resolver::channel() {
  // One look a second is enough for files that people edit.
  if (!channel_ || now() - files_->looked >= seconds(1)) {
    files_->looked = now();
    if (files_->hosts.changed()) {
      std::ifstream file(files_->hosts.path());
      std::stringstream content;
      content << file.rdbuf();
      files_->table = parse_hosts(content.str());
    }
    if (files_->resolv_conf.changed() || !channel_) {
      std::erase_if(replaced_, [](const auto& old) { return old.expired(); });
      replaced_.push_back(channel_);
      channel_ = std::make_shared<Channel>(loop_, servers_);
    }
  }
  return channel_;
}

static Failure resolve_failure(Reason reason, const std::string& name, const char* what) {
  return Failure{Phase::resolve, reason, "looking up " + name + ": " + what};
}

static Failure resolve_failure(int status, const std::string& name) {
  switch (status) {
    case ARES_ENOTFOUND: return resolve_failure(Reason::dns_nxdomain, name, "no such name");
    case ARES_SUCCESS:
    case ARES_ENODATA:
      return resolve_failure(Reason::dns_no_address, name, "the name has no address of the wanted family");
    case ARES_EBADNAME: return resolve_failure(Reason::dns_bad_name, name, "not a name that can be asked for");
    case ARES_EFORMERR:
    case ARES_EBADRESP: return resolve_failure(Reason::dns_bad_answer, name, "the server's answer makes no sense");
    case ARES_EREFUSED: return resolve_failure(Reason::dns_refused, name, "the server refused");
    case ARES_ESERVFAIL:
    case ARES_ENOTIMP:
    case ARES_ECONNREFUSED: return resolve_failure(Reason::dns_servfail, name, "every server failed or refused");
    case ARES_ETIMEOUT: return resolve_failure(Reason::dns_timeout, name, "no server answered");
    case ARES_ENOMEM: return Failure{Phase::agent, Reason::out_of_resources, "out of memory while looking up " + name};
    default: return resolve_failure(Reason::dns_servfail, name, ares_strerror(status));
  }
}

Resolution choose_address(const std::string& name, std::vector<IpAddress> found, FamilyChoice choice) {
  for (const IpAddress& address : found) {
    if (address.family == choice.preferred) return Resolved{address, std::move(found)};
  }
  if (choice.fallback && !found.empty()) return Resolved{found.back(), std::move(found)};
  return resolve_failure(ARES_ENODATA, name);
}

Task<Resolution> Resolver::resolve(std::string name, FamilyChoice choice) {
  auto channel = this->channel();
  if (auto literal = IpAddress::parse(name)) {
    std::vector<IpAddress> found{*literal};
    co_return choose_address(name, std::move(found), choice);
  }
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (auto known = files_->table.find(lower); known != files_->table.end())
    co_return choose_address(name, known->second, choice);
  if (!channel->usable()) {
    co_return Failure{Phase::agent, Reason::internal, "no usable name server is configured"};
  }

  Family other = choice.preferred == Family::ip4 ? Family::ip6 : Family::ip4;
  std::vector<Family> families{choice.preferred};
  if (choice.fallback) families.push_back(other);
  std::vector<Channel::Query*> queries;
  for (Family family : families) {
    queries.push_back(new Channel::Query);
    channel->ask(name, family == Family::ip4 ? AF_INET : AF_INET6, queries.back());
  }
  std::vector<IpAddress> found;
  int status = ARES_SUCCESS;
  Wake why = Wake::ready;
  for (Channel::Query* query : queries) {
    // With an address of the preferred family in hand nobody waits for a server that is silent about the other.
    bool enough = !found.empty() && found.front().family == choice.preferred;
    if (why == Wake::ready && !enough) why = co_await query->done.wait();
    if (!query->done.is_set()) {
      query->abandoned = true;
      continue;
    }
    found.insert(found.end(), query->found.begin(), query->found.end());
    if (status == ARES_SUCCESS || status == ARES_ENODATA) status = query->status;
    delete query;
  }
  if (why != Wake::ready) co_return resolve_failure(Reason::dns_timeout, name, "no answer within the probe's timeout");
  if (found.empty()) co_return resolve_failure(status, name);
  co_return choose_address(name, std::move(found), choice);
}

}  // namespace vedette
