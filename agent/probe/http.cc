// The http prober: what a module means for one target. The talking is in http_run.cc, the verdict in http_judge.cc.

#include "base/text.h"
#include "probe/http_client_options.h"
#include "probe/http_run.h"
#include "probe/http_series.h"

namespace vedette {
namespace {

constexpr std::size_t kLongestSentence = 1024;

class HttpProber final : public Prober {
 public:
  HttpProber(std::shared_ptr<const HttpRecipe> recipe, Url url, std::string hostname)
      : recipe_(std::move(recipe)), url_(std::move(url)), hostname_(std::move(hostname)) {}

  Task<ProbeResult> run(Net& net, Trace* trace) override {
    HttpRun run(*recipe_, url_, hostname_, net, trace);
    ProbeResult result = co_await run.go();
    // Names and texts from outside are in there.
    if (result.failure) result.failure->sentence = shortened(std::move(result.failure->sentence), kLongestSentence);
    co_return result;
  }

 private:
  std::shared_ptr<const HttpRecipe> recipe_;
  Url url_;
  std::string hostname_;
};

std::string proxy_authorization(const Url& proxy) {
  return "Proxy-Authorization: Basic " + base64_encode(proxy.user + ":" + proxy.password);
}

}  // namespace

HttpRecipe::HttpRecipe(HttpOptions wanted) : options(std::move(wanted)), environment(ProxyEnvironment::read()) {}

Schema HttpRecipe::schema() const { return http_schema(); }

Readings HttpRecipe::blank() const { return blank_http_readings(); }

std::shared_ptr<const HttpProfile> HttpRecipe::profile(const std::string& method,
                                                       const std::optional<Url>& proxy) const {
  std::string key = method + " " + (proxy ? proxy->user + ":" + proxy->password + "@" + proxy->text() : "");
  return profiles_.with([&](auto& known) {
    auto& profile = known[key];
    if (profile) return profile;
    HttpSettings settings;
    settings.method = method;
    settings.http2 = options.http2;
    settings.tls = tls_options(options.tls);
    settings.small_pieces = options.compression != Compression::none;
    if (proxy) {
      settings.proxy = proxy->scheme + "://" + proxy->authority();
      if (!proxy->user.empty()) settings.proxy_headers.push_back(proxy_authorization(*proxy));
      bool connect_named = false;
      for (const auto& [name, value] : options.proxy.connect_headers) {
        connect_named = connect_named || name == "User-Agent";
        if (auto text = value.reveal()) settings.connect_headers.push_back(name + ": " + *text);
      }
      // The target's User-Agent is none of the proxy's business.
      if (!connect_named) settings.connect_headers.emplace_back("User-Agent: vedette/" VEDETTE_VERSION);
    }
    bool agent_named = false;
    for (const auto& [name, value] : options.headers) {
      agent_named = agent_named || name == "User-Agent";
      if (is_secret_header(name) || !value.file().empty()) continue;  // these go with each call
      // libcurl's way to send an empty value.
      auto text = value.reveal();
      if (text->empty() && name == "User-Agent") continue;  // asked not to say who we are
      settings.headers.push_back(text->empty() ? name + ";" : name + ": " + *text);
    }
    if (!agent_named) settings.headers.insert(settings.headers.begin(), "User-Agent: vedette/" VEDETTE_VERSION);
    profile = make_http_profile(std::move(settings));
    return profile;
  });
}

Result<std::unique_ptr<Prober>> HttpRecipe::prober(const Target& target) const {
  bool has_scheme =
      starts_with_ignore_case(target.address, "http://") || starts_with_ignore_case(target.address, "https://");
  auto url = Url::parse(has_scheme ? target.address : "http://" + target.address);
  if (!url) return url.error();
  auto self = std::static_pointer_cast<const HttpRecipe>(shared_from_this());
  return std::unique_ptr<Prober>(std::make_unique<HttpProber>(std::move(self), *url, target.hostname));
}

std::shared_ptr<const Recipe> read_http_recipe(const Node& options) {
  return std::make_shared<const HttpRecipe>(read_http_options(options));
}

}  // namespace vedette
