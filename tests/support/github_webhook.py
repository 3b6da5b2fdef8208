"""Sends what GitHub sends to a webhook: signed with HMAC-SHA256 over the body's bytes, or forged on purpose.

    deliver(url, "secret", "push", payload_of(hub, "push", "octo/shop"))
"""

import hashlib
import hmac
import json
import uuid

from process import http_get


def sign(secret, body):
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def payload_of(hub, event, full_name, **more):
    """A small but well-formed payload: which repository, who, what."""
    repo = hub.world.repo_of_name(full_name)[0]
    sender = hub.world.cast.people[0][0]
    return {"repository": {"id": repo.id, "full_name": repo.full_name, "default_branch": repo.default_branch}, "action": "edited",
            "sender": {"login": sender.login, "id": sender.id, "type": sender.type}, "ref": f"refs/heads/{repo.default_branch}", "hook_event": event, **more}


def deliver(url, secret, event, payload, delivery=None, signature=None, **headers):
    """Posts one delivery; returns the Answer. `signature` replaces the true one, "" leaves it out; a redelivery repeats `delivery`."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    sent = {"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/0000000", "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery or str(uuid.uuid4()), "X-GitHub-Hook-ID": "292430182",
            "X-GitHub-Hook-Installation-Target-Type": "repository", "X-GitHub-Hook-Installation-Target-ID": "79929171"}
    true = sign(secret, body) if secret else ""
    if signature != "" and (true or signature):
        sent["X-Hub-Signature-256"] = signature or true
    return http_get(url, {**sent, **headers}, "POST", body)
