"""A site with one alarm, what the store says of it, and what the agent does."""

import json

from process import http_get, run_command, vedette_binary

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


def alarm_value(agent, name):
    """The first series of that name on the agent's page; None: there is none."""
    for line in http_get(agent.base + "/metrics").text.splitlines():
        if line.startswith((name + "{", name + " ")):
            return float(line.rsplit(" ", 1)[1])
    return None
