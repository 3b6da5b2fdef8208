#pragma once
// One run of the http prober: from the target's URL over its redirects to a result. Inside of probe/http.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "probe/cookies.h"
#include "probe/http_body.h"
#include "probe/http_options.h"
#include "probe/http_proxy.h"
#include "probe/prober.h"

namespace vedette {

class HttpRecipe final : public Recipe {
 public:
  explicit HttpRecipe(HttpOptions options);
  Schema schema() const override;
  Readings blank() const override;
  Result<std::unique_ptr<Prober>> prober(const Target& target) const override;
  std::string demanded_host() const override { return options.host; }

  /// What all exchanges with this method and proxy share; made once.
  std::shared_ptr<const HttpProfile> profile(const std::string& method, const std::optional<Url>& proxy) const;

  const HttpOptions options;
  const ProxyEnvironment environment;

 private:
  mutable Guarded<std::map<std::string, std::shared_ptr<const HttpProfile>>> profiles_;
};

class HttpRun {
 public:
  HttpRun(const HttpRecipe& recipe, const Url& url, const std::string& hostname, Net& net, Trace* trace);
  Task<ProbeResult> go();

 private:
  std::optional<Failure> prepare();
  std::optional<Failure> prepare_headers();
  Task<std::optional<Failure>> aim();
  Task<std::optional<Failure>> aim_proxy();
  HttpCall call();
  bool follow(const HttpReply& reply);
  std::string server_name() const;
  void note_times(const HttpReply& reply, bool https, bool final);
  void note_tls(const HttpReply& reply);
  void note_answer(const HttpReply& reply);
  Task<void> conclude(const HttpReply& reply);
  Task<void> judge(const HttpReply& reply);
  void tell(const HttpReply& reply);
  /// Only where there is a trace: making the sentence costs, too.
  void say(std::string line);

  const HttpRecipe& recipe_;
  const HttpOptions& options_;
  Net& net_;
  Trace* trace_;
  HttpSession session_;
  std::shared_ptr<HttpBody> body_;  // shared with whoever searches in it
  ProbeResult result_;
  Url url_;                            // of this hop
  std::string origin_;                 // the first hop's host
  std::string host_header_;            // instead of the URL's own; empty: none
  std::string authorization_;          // the module's, a whole line; empty: none
  std::string cookie_;                 // of a Cookie header in the module
  CookieJar cookies_;                  // of this run's answers
  bool authorized_by_header_ = false;  // authorization_ is written among `headers` and wins over everything
  std::string referer_;
  std::string method_;
  std::optional<std::string> content_;  // the request's body
  bool chunked_ = false;
  bool trusted_ = true;  // still where our credentials belong
  int redirects_ = 0;
  std::optional<IpAddress> address_;
  std::optional<Url> proxy_;
  std::vector<std::string> private_headers_;  // only for where they belong
  Time resolve_begin_{}, resolve_end_{};
};

}  // namespace vedette
