#include "config/modules.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace vedette {
namespace {

constexpr Duration kLongestTimeout = std::chrono::minutes(10);

/// A prober's word, and the keys of the block named for it. A prober reads its own block and says more of it; here they
/// only serve to find slips in blocks that the module's prober never looks at, as blackbox_exporter does.
struct Block {
  std::string_view word;
  std::string_view keys;
};

constexpr std::array kBlocks{
    Block{"http",
          "valid_status_codes valid_http_versions preferred_ip_protocol ip_protocol_fallback "
          "skip_resolve_phase_with_proxy "
          "follow_redirects no_follow_redirects fail_if_ssl fail_if_not_ssl method headers http_headers body body_file "
          "compression "
          "body_size_limit fail_if_body_matches_regexp fail_if_body_not_matches_regexp fail_if_body_json_matches_cel "
          "fail_if_body_json_not_matches_cel fail_if_header_matches fail_if_header_not_matches enable_http2 "
          "enable_http3 basic_auth "
          "authorization bearer_token bearer_token_file oauth2 proxy_url no_proxy proxy_from_environment "
          "proxy_connect_header tls_config"},
    Block{"tcp", "query_response tls tls_config preferred_ip_protocol ip_protocol_fallback source_ip_address"},
    Block{"icmp", "preferred_ip_protocol ip_protocol_fallback source_ip_address payload_size dont_fragment ttl"},
    Block{
        "dns",
        "query_name query_type query_class transport_protocol dns_over_tls tls_config recursion_desired valid_rcodes "
        "validate_answer_rrs validate_authority_rrs validate_additional_rrs preferred_ip_protocol ip_protocol_fallback "
        "source_ip_address"},
    Block{"grpc", "service tls tls_config metadata preferred_ip_protocol ip_protocol_fallback"},
    Block{"unix", "query_response tls tls_config"},
    Block{"websocket", "http_config headers query_response preferred_ip_protocol ip_protocol_fallback"}};

void check_keys(const Node& block, std::string_view keys) {
  for (const std::string_view key : split(keys, ' ')) block.at(key);
  block.finish();
}

ModuleConfig read_module(const std::string& name, const Node& node) {
  ModuleConfig module;
  module.name = name;
  module.node = node;
  if (node.kind() != Node::Kind::map && node.kind() != Node::Kind::null) {
    node.has_members();      // says that it is no map
    module.prober = "http";  // of no consequence; that there is none would be a second problem
    return module;
  }
  const Node prober = node.at("prober");
  module.prober = prober.text();
  if (module.prober.empty() && prober.kind() != Node::Kind::map && prober.kind() != Node::Kind::list) {
    prober.reject("prober '' is not valid: a module says how it probes, like `prober: http`");
  }
  module.timeout = read_timeout(node.at("timeout"), {});
  for (const Block& block : kBlocks) {
    const Node options = node.at(block.word);
    if (block.word == module.prober) {
      module.options = options;
    } else {
      check_keys(options, block.keys);
    }
  }
  node.finish();
  return module;
}

}  // namespace

void read_modules(const Node& node, std::map<std::string, ModuleConfig>& modules) {
  for (const auto& [name, member] : node.members()) {
    ModuleConfig module = read_module(name, member);
    if (name.empty() || find_invalid_utf8(name)) member.reject("a module needs a name in UTF-8");
    const auto [at, is_new] = modules.try_emplace(name, std::move(module));
    if (is_new) continue;
    const Node& first = at->second.node;
    member.reject("module " + in_quotes(name) + " is already defined at " + first.file() + ":" +
                  std::to_string(first.line()));
  }
}

Duration read_timeout(const Node& node, Duration fallback) {
  const Duration timeout = node.duration(fallback);
  if (timeout <= kLongestTimeout) return timeout;
  node.reject(format_duration(timeout) + " is longer than " + format_duration(kLongestTimeout) +
              ", the most a probe may take");
  return fallback;
}

}  // namespace vedette
