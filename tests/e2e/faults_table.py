"""What the agent must say of each behaviour of the fault server: pure data.

One row a line: behaviour, module, the verdict we want, then the verdicts that are also right. A verdict is `up` or
`phase/reason`. Several may be right because the kernel decides who loses a race (a reset may meet the request or the
answer), or because the standard leaves the choice to the client.
"""

from collections import namedtuple

Row = namedtuple("Row", "name fault module verdicts")

# The modules of the table, in blackbox_exporter's own grammar, so that the peer can be asked the same questions.
# {ca} is the test CA, {body} a file of 8 MB.
MODULES = """
modules:
  plain:
    prober: http
    timeout: {timeout}
    http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca}}}}}
  regex:
    prober: http
    timeout: {timeout}
    http:
      preferred_ip_protocol: ip4
      tls_config: {{ca_file: {ca}}}
      fail_if_body_not_matches_regexp: [needle]
  gzip:
    prober: http
    timeout: {timeout}
    http: {{preferred_ip_protocol: ip4, compression: gzip}}
  gzip_regex:
    prober: http
    timeout: {timeout}
    http:
      preferred_ip_protocol: ip4
      compression: gzip
      fail_if_body_not_matches_regexp: [needle]
  brotli:
    prober: http
    timeout: {timeout}
    http: {{preferred_ip_protocol: ip4, compression: br}}
  brotli_regex:
    prober: http
    timeout: {timeout}
    http:
      preferred_ip_protocol: ip4
      compression: br
      fail_if_body_not_matches_regexp: [needle]
  limited:
    prober: http
    timeout: {timeout}
    http: {{preferred_ip_protocol: ip4, body_size_limit: 1MB}}
"""

# Unknown to blackbox_exporter before 0.24.
UPLOAD_MODULE = """
  upload:
    prober: http
    timeout: {timeout}
    http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca}}}, method: POST, body_file: {body}}}
"""

_HANDSHAKE = "tls/tls_handshake"
_LATE = "response/timeout"
_BAD = "response/malformed"
# Before the first byte of an answer a run is still in its request.
_CLOSED = "request/closed response/closed"
_RESET = "request/reset response/reset"
_MUTE = "request/timeout response/timeout"
_H2 = "response/http2_error"
_H2_EARLY = "request/http2_error response/http2_error request/malformed response/malformed"

_TABLE = f"""
healthy                          plain       up
h2_healthy                       plain       up
folded_header                    plain       up
bare_newlines                    plain       up
answer_before_request            plain       up {_RESET} {_CLOSED}
closed_second_request            plain       up
no_content_with_body             plain       up
length_too_short                 plain       up
length_two_equal                 plain       up
length_and_chunked               plain       up {_BAD}
huge_body                        plain       up
huge_body                        limited     response/body_too_large check/body_too_large
huge_body                        regex       check/body_mismatch response/body_too_large check/body_too_large
redirect_endless_body            plain       up

silent                           plain       {_MUTE}
slow_headers                     plain       {_LATE}
slow_first_byte_then_silent      plain       {_LATE}
slow_body                        plain       {_LATE}
never_reads                      upload      request/timeout
tls_silent                       plain       tls/timeout
tls_stalled_handshake            plain       tls/timeout
tls_slow_handshake               plain       tls/timeout
tls_silent_after_handshake       plain       {_MUTE}
tls_slow_body                    plain       {_LATE}
h2_silent                        plain       {_MUTE}
h2_silent_without_settings       plain       {_MUTE}
h2_headers_never_ended           plain       {_MUTE}
h2_slow_body                     plain       {_LATE}
h2_window_never_opened           upload      request/timeout
redirect_slow_chain              plain       {_MUTE}

reset_at_accept                  plain       {_RESET} {_CLOSED} connect/connect_reset
close_at_accept                  plain       {_CLOSED} {_RESET} connect/connect_reset
close_after_request              plain       {_CLOSED}
reset_after_request              plain       {_RESET}
reset_in_headers                 plain       response/reset
reset_in_body                    plain       response/reset
close_in_headers                 plain       response/truncated
close_in_status_line             plain       response/truncated {_CLOSED} {_BAD}
length_too_long                  plain       response/truncated
chunk_cut                        plain       response/truncated
chunk_last_missing               plain       response/truncated
tls_close_after_request          plain       {_CLOSED}
tls_reset_in_body                plain       response/reset
tls_truncated_with_length        plain       response/truncated
tls_truncated_without_length     plain       response/truncated up
tls_no_close_notify              plain       up
tls_never_closes                 plain       up
h2_never_closes                  plain       up

garbage_status                   plain       {_BAD}
ssh_banner                       plain       {_BAD}
http09                           plain       {_BAD}
version_unknown                  plain       {_BAD}
status_not_a_number              plain       {_BAD}
status_too_long                  plain       {_BAD}
nul_in_header                    plain       {_BAD}
nul_in_header_name               plain       {_BAD}
header_without_colon             plain       {_BAD}
length_two_different             plain       {_BAD} response/truncated
length_negative                  plain       {_BAD}
length_not_a_number              plain       {_BAD}
length_overflow                  plain       {_BAD} response/truncated
chunk_size_bad                   plain       {_BAD}
chunk_size_overflow              plain       {_BAD}
chunk_too_long                   plain       {_BAD}
tls_garbage_in_body              plain       {_BAD} response/reset response/truncated
tls_forged_record_in_body        plain       {_BAD} response/reset response/truncated

endless_headers                  plain       response/headers_too_large
endless_status_line              plain       response/headers_too_large {_BAD}
huge_header                      plain       response/headers_too_large
many_headers                     plain       response/headers_too_large
redirect_chunks_endless          plain       check/status {_LATE} response/body_too_large
continue_flood                   plain       {_LATE} response/headers_too_large {_BAD}
early_hints_flood                plain       response/headers_too_large {_LATE} {_BAD}
unrequested_101                  plain       {_BAD} check/status {_LATE}
chunk_extension_endless          plain       {_LATE} {_BAD} response/headers_too_large
chunks_tiny_endless              plain       {_LATE} response/body_too_large
trailers_endless                 plain       response/headers_too_large {_LATE} {_BAD}
endless_body                     plain       {_LATE} response/body_too_large
endless_body                     regex       response/body_too_large {_LATE} check/body_too_large
endless_body                     limited     response/body_too_large check/body_too_large

gzip_bomb                        plain       up
gzip_bomb                        gzip        up response/body_too_large check/body_too_large {_LATE}
gzip_bomb                        gzip_regex  response/body_too_large check/body_too_large {_LATE}
brotli_bomb                      plain       up
brotli_bomb                      brotli      {_LATE} up response/body_too_large check/body_too_large
brotli_bomb                      brotli_regex response/body_too_large check/body_too_large {_LATE}
gzip_corrupt                     gzip        response/compression check/compression
gzip_cut                         gzip        response/compression check/compression response/truncated
gzip_wrong_sum                   gzip        response/compression check/compression

status_421                       plain       check/status
h2_status_421                    plain       check/status
redirect_chain                   plain       response/too_many_redirects check/too_many_redirects
redirect_self                    plain       response/too_many_redirects check/too_many_redirects
redirect_bad_url                 plain       response/bad_redirect check/bad_redirect
redirect_bad_port                plain       response/bad_redirect check/bad_redirect
redirect_long_host               plain       response/bad_redirect check/bad_redirect
redirect_long_path               plain       response/bad_redirect check/bad_redirect
redirect_file                    plain       response/bad_redirect check/bad_redirect
redirect_ftp                     plain       response/bad_redirect check/bad_redirect
redirect_javascript              plain       response/bad_redirect check/bad_redirect
redirect_gopher                  plain       response/bad_redirect check/bad_redirect
redirect_nowhere                 plain       check/status response/bad_redirect check/bad_redirect
redirect_refused                 plain       connect/connect_refused
refused                          plain       connect/connect_refused
queue_full                       plain       connect/timeout

tls_close_after_hello            plain       {_HANDSHAKE} tls/closed tls/reset
tls_reset_after_hello            plain       {_HANDSHAKE} tls/reset
tls_half_handshake               plain       {_HANDSHAKE} tls/closed tls/truncated
tls_plain_answer                 plain       {_HANDSHAKE}
tls_alert                        plain       {_HANDSHAKE}
tls_old_version                  plain       tls/tls_version
tls_warning_flood                plain       {_HANDSHAKE}
tls_oversized_message            plain       {_HANDSHAKE}

h2_goaway_at_once                plain       {_H2_EARLY} {_CLOSED}
h2_goaway_and_close              plain       {_H2_EARLY} {_CLOSED}
h2_goaway_after_headers          plain       {_H2} response/truncated
h2_refused_stream                plain       {_H2_EARLY}
h2_close_after_request           plain       {_CLOSED} request/truncated response/truncated {_H2_EARLY}
h2_reset_in_body                 plain       {_H2}
h2_reset_without_error           plain       response/truncated {_H2}
h2_early_answer                  upload      up
h2_close_in_body                 plain       response/truncated {_H2}
h2_length_mismatch               plain       {_H2_EARLY} response/truncated
h2_continuation_endless          plain       response/headers_too_large {_H2_EARLY}
h2_continuation_empty_endless    plain       response/headers_too_large {_H2_EARLY} {_MUTE}
h2_header_bomb                   plain       response/headers_too_large {_H2_EARLY}
h2_many_headers                  plain       response/headers_too_large
h2_header_index_invalid          plain       {_H2_EARLY}
h2_status_missing                plain       {_H2_EARLY}
h2_settings_flood                plain       {_MUTE} {_H2_EARLY}
h2_ping_flood                    plain       {_MUTE} {_H2_EARLY}
h2_ping_flood_unread             plain       {_MUTE} {_H2_EARLY}
h2_early_hints_flood             plain       response/headers_too_large {_BAD} {_H2} {_LATE}
h2_empty_data_flood              plain       {_LATE} {_BAD} {_H2}
h2_window_ignored                plain       {_LATE} {_BAD} {_H2} response/body_too_large
h2_window_overflow               plain       {_H2_EARLY}
h2_unknown_stream                plain       {_H2_EARLY}
h2_push_unwanted                 plain       {_H2_EARLY}
h2_frame_too_large               plain       {_H2_EARLY}
h2_frame_too_large_in_body       plain       {_BAD} {_H2} response/truncated
h2_garbage                       plain       {_H2_EARLY}
h2_speaks_http1                  plain       {_H2_EARLY}
"""

# Bytes of the same kind that would be kept if the agent were careless: its memory is watched for each of these alone.
GREEDY = {
    "huge_body", "endless_body", "chunks_tiny_endless", "endless_headers", "endless_status_line", "huge_header",
    "many_headers", "early_hints_flood", "continue_flood", "trailers_endless", "chunk_extension_endless",
    "gzip_bomb", "brotli_bomb", "redirect_chunks_endless", "never_reads", "h2_window_never_opened",
    "tls_warning_flood", "tls_oversized_message", "h2_continuation_endless", "h2_header_bomb", "h2_settings_flood",
    "h2_ping_flood", "h2_ping_flood_unread", "h2_early_hints_flood", "h2_empty_data_flood", "h2_window_ignored",
    "h2_frame_too_large", "h2_frame_too_large_in_body", "redirect_endless_body",
}


def rows():
    """The table; a row's name is the behaviour's, with the module where a behaviour occurs twice."""
    found = []
    for line in _TABLE.split("\n"):
        if line.strip():
            fault, module, *verdicts = line.split()
            name = fault if module == "plain" else f"{fault}_{module}"
            found.append(Row(name, fault, module, tuple(dict.fromkeys(verdicts))))
    return found
