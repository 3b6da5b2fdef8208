"""A site with one alarm, and what the store says of it."""

import json

from process import run_command, vedette_binary

# With `store`, `url` and what the alarm says beside its period.
WATCHED_SITE = """
store: {store}
defaults: {{interval: 200ms, timeout: 2s}}
modules: {{http_2xx: {{prober: http, http: {{preferred_ip_protocol: ip4}}}}}}
targets:
  - name: shop
    url: "{url}"
    alarm: {{unavailable: {{period: 1s{more}}}}}
"""


def stored_rows(store, *filters):
    """Every row that `vedette alarms list` finds, oldest first."""
    listed = run_command([vedette_binary(), "alarms", "list", "--store", store, "--limit", "0", "--format", "json", *filters])
    if listed.returncode != 0:
        raise AssertionError(listed.stdout + listed.stderr)
    return list(reversed(json.loads(listed.stdout)["data"]["transitions"]))


def changes(rows):
    return [(row["from"], row["to"]) for row in rows]
