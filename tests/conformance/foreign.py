"""A foreign L1: origin and consumer, from openapi/federation-v1.md alone; in brackets the sections it follows."""

import base64
import gzip
import hashlib
import http.client
import ipaddress
import json
import re
import secrets
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

DAY, MOST = 86400, 8 * 2**20
COVERED = r'"@method" "@target-uri"(?: "content-type" "content-digest")?'
INPUT = re.compile(rf'dfp=(\(({COVERED})\)((?:;[a-z]+=(?:"[^"\\]*"|-?\d{{1,15}}))+))')
PARAMETERS = {"created": int, "expires": int, "nonce": str, "keyid": str, "alg": str, "tag": str}
PEOPLE = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+|\b[A-Z]{2}\d{2}(?: ?\w{4}){4,}|(?<!\w)\+?\d[\d /-]{6,}\d(?!\w)")
WRAPPED = ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23", "3fff::/20")
FRESH = {"cursor": "", "last": 0, "mode": "walk", "walk": 1, "epoch": "", "head": 0, "worse": 0, "compared": 0}
ODD = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, InvalidSignature)

class Refused(Exception):
    """[12] A status and a code, ours or a partner's."""

def require(holds, status, code):
    if not holds:
        raise Refused(status, code)

def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

def un64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

def sha256(raw):
    return hashlib.sha256(raw).hexdigest()

def content_digest(body):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"

def verify(public, signature, message):
    Ed25519PublicKey.from_public_bytes(un64(public)).verify(signature, message)

def read_json(raw, whole_text=True):  # [1] What two parsers could read in two ways is refused.
    def look(value, depth=1):
        if isinstance(value, dict | list):
            require(depth <= 16, 400, "bad-json")
            for part in value.values() if isinstance(value, dict) else value:
                look(part, depth + 1)
        require(not isinstance(value, int) or abs(value) < 2**53, 400, "bad-json")
    def once(pairs):
        require(len(dict(pairs)) == len(pairs), 400, "bad-json")
        return dict(pairs)
    try:
        look(value := json.loads(raw.decode(), object_pairs_hook=once))
        text = json.dumps(value, ensure_ascii=not whole_text, allow_nan=False).encode()
    except (ValueError, RecursionError) as wrong:
        raise Refused(400, "bad-json") from wrong
    require(not re.search(rb"(?<!\\)(\\\\)*\\u0000", text), 400, "bad-json")
    return value

def follow(docs, instance, pinned=()):  # [3.3] The whole chain, and what its last document says.
    said = {}
    try:
        docs = [*pinned[: read_json(un64(docs[0]["payload"]))["v"] - 1], *docs]  # only its end may have come
        require(len(pinned) <= len(docs) <= 200, 403, "keys-refused")
        for n, doc in enumerate(docs):
            say = read_json(un64(doc["payload"]))
            require(n >= len(pinned) or pinned[n]["payload"] == doc["payload"], 403, "keys-equivocation")
            if n == 0:
                keys, right = say["control"][:1], sha256(un64(say["control"][0]["x"]))[:40] == instance
            else:
                keys, right = said["control"], say["prev"] == sha256(docs[n - 1]["payload"].encode())
            require(right and (say["v"], say["instance"]) == (n + 1, instance), 403, "keys-refused")
            key = next(key["x"] for key in [*keys, {"kid": doc["kid"], "x": ""}] if key["kid"] == doc["kid"])
            verify(key, un64(doc["sig"]), b"dfp-keys-1." + doc["payload"].encode())
            said = say
    except (*ODD, Refused) as wrong:
        raise Refused(403, "keys-equivocation" if "keys-equivocation" in wrong.args else "keys-refused") from wrong
    return docs, said

def is_public(address):  # [14]
    ip = ipaddress.ip_address(address)
    inside = ip.version == 6 and any(ip in ipaddress.ip_network(one) for one in WRAPPED)
    known = ip.version == 4 or ip in ipaddress.ip_network("2000::/3")
    return ip.is_global and known and not (inside or ip.is_multicast or ip.is_reserved)

class Foreign:  # one instance; `lock` is its transaction, one at a time
    def __init__(self, url, name="Foreign", allow=(), poll=300):
        self.url, self.base, self.name, self.allow, self.poll = url, f"{url}/dfp/v1", name, allow, poll
        self.lock, self.closed, self.ahead = threading.RLock(), False, 0
        self.control, self.key, self.kid = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate(), "k1"
        self.instance = sha256(self.control.public_key().public_bytes_raw())[:40]
        self.docs, self.keys, self.tokens, self.partners, self.copies = [], [], {}, {}, {}
        self.entries, self.epoch, self.head, self.floor = {}, secrets.token_hex(8), 0, 0
        self.list_key()

    def now(self):
        return time.time_ns() // 10**9 + self.ahead

    def stamp(self):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))

    def list_key(self):  # [3.2] The next key document.
        public, root = (b64(key.public_key().public_bytes_raw()) for key in (self.key, self.control))
        self.keys.append({"kid": self.kid, "x": public, "nbf": self.now() - 600, "exp": self.now() + 365 * DAY})
        say = {"instance": self.instance, "v": len(self.docs) + 1, "iat": self.now(), "base": self.base}
        say |= {"control": [{"kid": "c1", "x": root}], "keys": self.keys, "revoked": []}
        say |= {"prev": sha256(self.docs[-1]["payload"].encode())} if self.docs else {}
        text = b64(json.dumps(say).encode())
        self.docs.append({"payload": text, "kid": "c1", "sig": b64(self.control.sign(b"dfp-keys-1." + text.encode()))})

    def discovery(self):  # [2]
        feed = {"access": "partner", "ttl": self.poll, "tombstone_days": 45, "max_limit": 1000}
        about = {"dfp": ["1.0"], "instance": self.instance, "name": self.name, "base": self.base}
        about |= {"keys": f"{self.base}/keys", "levels": ["L1"], "feeds": {"listing": feed}, "capabilities": ["gzip"]}
        return about | {"languages": ["de"], "software": {"name": "foreign", "version": "1"}}

    def to_sign(self, method, url, headers, covered, inner):  # [4.1]
        parts = {"@method": method, "@target-uri": url, **headers}
        lines = [f"{name}: {parts.get(name[1:-1], '').strip()}" for name in covered.split()]
        return "\n".join([*lines, f'"@signature-params": {inner}']).encode()

    def sign(self, method, url, body):  # [4.2]
        headers = {"content-type": "application/json", "content-digest": content_digest(body)} if body else {}
        covered = " ".join(f'"{name}"' for name in ("@method", "@target-uri", *headers))
        inner = f'({covered});created={self.now()};expires={self.now() + 300};nonce="{secrets.token_urlsafe(16)}"'
        inner += f';keyid="{self.instance}/{self.kid}";alg="ed25519";tag="dfp1"'
        signature = base64.b64encode(self.key.sign(self.to_sign(method, url, headers, covered, inner))).decode()
        return {**headers, "signature-input": f"dfp={inner}", "signature": f"dfp=:{signature}:"}

    def claim(self, method, target, headers, body):  # [4.3] 1 to 3: who it is said to be from, by which key.
        require("signature" in headers and "signature-input" in headers, 401, "signature-missing")
        found = INPUT.fullmatch(headers["signature-input"])
        mark = re.fullmatch(r"dfp=:([A-Za-z0-9+/]{86}==):", headers["signature"])
        pairs = [pair.partition("=")[::2] for pair in found[3][1:].split(";")] if found else []
        said = {name: value.strip('"') if value[0] == '"' else int(value) for name, value in pairs}
        kinds = len(pairs) == len(PARAMETERS) and {name: type(one) for name, one in said.items()} == PARAMETERS
        covered = kinds and mark and bool(body) == ("digest" in found[2]) and len(said["nonce"]) >= 22
        require(covered and (said["alg"], said["tag"]) == ("ed25519", "dfp1"), 401, "signature-invalid")
        require(abs(self.now() - said["created"]) <= 300 and self.now() <= said["expires"] + 60, 401, "clock-skew")
        require(not body or headers.get("content-digest") == content_digest(body), 401, "signature-invalid")
        signed = self.to_sign(method, self.url + target, headers, found[2], found[1])
        return *said["keyid"].partition("/")[::2], base64.b64decode(mark[1]), signed

    def check(self, kid, signature, signed, say):  # [4.3] 4 and 5.
        key = next((key for key in say["keys"] if key["kid"] == kid), None)
        require(key and kid not in (say.get("revoked") or ()), 401, "key-unknown")
        require(key["nbf"] <= self.now() <= key["exp"], 401, "key-expired")
        verify(key["x"], signature, signed)

    def send(self, method, url, message=None):  # [14] One request to a partner, and what it says.
        parts, body = urlsplit(url), b"" if message is None else json.dumps(message).encode()
        port = parts.port or 443
        found = [one[4][0] for one in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)]
        safe = parts.scheme == "https" and port == 443 and all(map(is_public, found))
        require(safe or f"{parts.hostname}:{port}" in self.allow, 0, "not called")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        line = kind(parts.hostname, port, timeout=15)
        line._create_connection = lambda _name, *rest: socket.create_connection((found[0], port), *rest)
        try:
            line.request(method, url.partition(parts.netloc)[2], body or None, self.sign(method, url, body))
            answer = line.getresponse()
            raw = answer.read(MOST + 1)
        finally:
            line.close()
        require(len(raw) <= MOST and not 300 <= answer.status < 400, answer.status, "too large, or elsewhere")
        said = read_json(raw, whole_text=False)
        require(answer.status < 400, answer.status, said.get("code", ""))
        return said

    def invite(self):  # [5.1]
        token, exp = secrets.token_urlsafe(32), self.now() + 3 * DAY
        self.tokens[sha256(token.encode())] = [exp, None]
        say = {"base": self.base, "instance": self.instance, "token": token, "exp": exp}
        return "dfp1:" + b64(json.dumps(say).encode())

    def keep(self, docs, say, name, grants):
        fresh = FRESH | {"fails": 0, "read_at": 0, "keys_at": self.now()}
        known = {"docs": docs, "say": say, "name": name, "grants": grants, "state": "active", "due": self.now() + 0.5}
        self.partners[say["instance"]] = {**fresh, **self.partners.get(say["instance"], {}), **known}
        self.copies.setdefault(say["instance"], {})

    def answer_claim(self, claim, ask):  # [5.2] as the inviting side.
        token = self.tokens.get(sha256(ask["token"].encode()), [0, None])
        good = self.now() <= token[0] and token[1] in (None, claim[0]) and claim[0] == ask["instance"]
        require(good, 403, "invite-invalid")
        docs, say = follow(ask["docs"], claim[0], self.partners.get(claim[0], {}).get("docs", ()))
        self.check(*claim[1:], say)
        token[1] = claim[0]
        self.keep(docs, say, str(ask["name"]), {"listing.read": bool(ask["wants"].get("listing.read"))})

    def accept(self, text):  # [5.2] as the invited side.
        invite = read_json(un64("".join(text.split()).removeprefix("dfp1:")))
        base, grants = invite["base"].rstrip("/"), {"listing.read": True, "request.create": False}
        docs, say = follow(self.send("GET", f"{base}/keys")["docs"], invite["instance"])
        ask = {"instance": self.instance, "base": self.base, "token": invite["token"], "name": self.name}
        answer = self.send("POST", f"{base}/pairings", {**ask, "docs": self.docs, "grants": grants, "wants": grants})
        self.keep(docs, say, answer["name"], grants)

    def learn_keys(self, partner, docs):
        try:
            partner["docs"], partner["say"] = follow(docs, partner["say"]["instance"], partner["docs"])
        except Refused as refused:
            partner["state"] = "suspended" if "keys-equivocation" in refused.args else partner["state"]

    def publish(self, item, data, reason=None):  # [6.2] To the end, under a new number; without data it is a tombstone.
        with self.lock:
            old = self.entries.get(item, {"rev": 0, "data": None})
            if old["data"] != data:
                self.head, rev = self.head + 1, max(old["rev"] + 1, time.time_ns() // 10**6)
                entry = {"seq": self.head, "id": item, "rev": rev, "state": "active" if data else "deleted"}
                self.entries[item] = {**entry, "at": self.stamp(), "data": data, "reason": reason, "_t": self.now()}

    def share(self, item, **said):  # [8] A thing to lend, without people in it.
        now = self.stamp()
        old = self.entries.get(item, {}).get("data") or {"created_at": now, "updated_at": now}
        data = {"purpose": "offer", "kind": "equipment", "state": "published", "url": f"{self.url}/{item}"}
        data |= old | said | {"provider": {"kind": "person", "name": "Privat"}}
        data |= {name: PEOPLE.sub("…", data.get(name, "")) for name in ("title", "description")}
        self.publish(item, data if data == old else data | {"updated_at": now})

    def after(self, s, limit):
        rows = sorted((row for row in self.entries.values() if row["seq"] > s), key=lambda row: row["seq"])
        return rows[:limit], len(rows) > limit

    def digest(self, rows):  # [6.5]
        value, active = 0, [(item, row["rev"]) for item, row in rows.items() if row["state"] == "active"]
        for item, rev in active:
            value ^= int(sha256(f"{item}\n{rev}".encode()), 16)
        return {"count": len(active), "digest": f"{value:064x}"}

    def place(self, cursor):  # [6.4] The floor when the walk began, and the number.
        found = re.fullmatch(r"([0-9a-f]{16})\.(\d{1,15})\.(\d{1,15})", cursor or f"{self.epoch}.{self.floor}.0")
        require(found, 400, "bad-cursor")
        floor, s = int(found[2]), int(found[3])
        missed = s < self.floor and floor < self.floor
        require(found[1] == self.epoch and s <= self.head and not missed, 410, "resync-required")
        return floor, s

    def page(self, cursor, limit):  # [6.1]
        floor, s = self.place(cursor)
        rows, more = self.after(s, limit)
        items = [{k: v for k, v in row.items() if k != "_t" and v is not None} for row in rows]
        page = {"dfp": "1.0", "instance": self.instance, "kind": "listing", "epoch": self.epoch, "after": cursor}
        cursor = f"{self.epoch}.{floor}.{rows[-1]['seq'] if more else self.head}"
        page |= {"items": items, "cursor": cursor, "more": more, "head": self.head, "ttl": self.poll}
        return page if more else page | self.digest(self.entries)

    def read(self, partner):  # [7.2] Everything that is new at one partner.
        more = True
        while more and not self.closed:
            after = f"&after={partner['cursor']}" if partner["cursor"] else ""
            try:
                page = self.send("GET", f"{partner['say']['base'].rstrip('/')}/feeds/listing?limit=500{after}")
            except Refused as refused:
                require("resync-required" in refused.args, *refused.args)
                self.walk_again(partner)
            else:
                with self.lock:
                    more = self.apply(partner, page)

    def walk_again(self, partner):
        partner |= FRESH | {"walk": partner["walk"] + 1, "compared": self.now()}

    def apply(self, partner, page):
        instance, walk = partner["say"]["instance"], partner["walk"]
        numbers = [partner["last"], *(item["seq"] for item in page["items"])]
        ours = (page["instance"], page["kind"], page["after"]) == (instance, "listing", partner["cursor"])
        ours &= all(a < b for a, b in pairwise(numbers)) and (not page["more"] or page["cursor"] != page["after"])
        require(ours, 0, "not a page that continues what was read")
        if not page["more"] and page["epoch"] == partner["epoch"] and page["head"] < partner["head"]:
            partner["worse"] += 1
            if partner["worse"] >= 3:
                self.walk_again(partner)
            return not partner["epoch"]
        copies = self.copies[instance]
        for item in page["items"]:
            known = copies.get(item["id"], {"rev": -1, "walk": 0})
            news = item["rev"] > known["rev"] or (partner["mode"] == "walk" and known["walk"] != walk)
            if item["state"] in ("active", "deleted"):
                taken = {"rev": item["rev"], "state": item["state"], "data": self.taken(partner, item)}
                copies[item["id"]] = {**(taken if news else known), "walk": walk}
        partner |= {"cursor": page["cursor"], "last": numbers[-1], "worse": 0}
        if not page["more"]:
            partner |= {"epoch": page["epoch"], "head": page["head"], "read_at": self.now()}
            self.finish(partner, copies, page)
        return page["more"] or not partner["cursor"]

    def taken(self, partner, item):  # The data; None if it is deleted, or put aside because it cannot be understood.
        data = item.get("data")
        with suppress(*ODD):
            there = urlsplit(partner["say"]["base"])[:2] == urlsplit(data["url"])[:2]
            small = len(json.dumps(data, ensure_ascii=False).encode()) < 32768
            if item["state"] == "active" and there and small and data["provider"]["name"] and data["title"] + "":
                return data
        return None

    def finish(self, partner, copies, page):
        """[7.3, 7.2] Drop what a finished walk did not meet; now and then compare count and digest."""
        met = {item: copy for item, copy in copies.items() if copy["walk"] == partner["walk"]}
        doomed = sum(copy["state"] == "active" for item, copy in copies.items() if item not in met)
        if partner["mode"] == "walk" and not (doomed > 50 and doomed > 0.3 * len(copies)):
            self.copies[page["instance"]] = copies = met
        partner["mode"] = "tail"
        differs = self.digest(copies) != {"count": page["count"], "digest": page["digest"]}
        if differs and self.now() > partner["compared"] + 3600:
            self.walk_again(partner)

    def work(self):  # Reads, partner by partner, until closed.
        while not self.closed:
            for partner in list(self.partners.values()):
                if partner["state"] == "active" and self.now() >= partner["due"]:
                    self.turn(partner)
            time.sleep(0.1)

    def turn(self, partner):  # [7.5, 3.4]
        partner["due"] = self.now() + self.poll
        if partner["read_at"] and self.now() > partner["read_at"] + 30 * DAY:  # [7.4]
            self.copies[partner["say"]["instance"]] = self.walk_again(partner) or {}
        try:
            if self.now() > partner["keys_at"] + DAY:
                partner["keys_at"] = self.now()
                self.learn_keys(partner, self.send("GET", f"{partner['say']['base'].rstrip('/')}/keys")["docs"])
            self.read(partner)
            partner["fails"] = 0
        except (OSError, http.client.HTTPException, Refused, *ODD) as failure:
            partner["fails"] += 1
            partner["due"] = self.now() + min(60 * 2 ** min(partner["fails"] - 1, 9), 6 * 3600)
            if partner["read_at"] and {"pairing-ended", "not-partner"} & {*map(str, failure.args)}:
                self.end(partner)

    def end(self, partner):
        partner["state"], self.copies[partner["say"]["instance"]] = "ended", {}

    def answer(self, method, target, headers, body):
        path, _, query = target.partition("?")
        asked = f"{method} {path.removeprefix('/dfp/v1/')}"
        if asked in ("GET /.well-known/dfp", "GET keys"):
            return 200, {"docs": self.docs} if asked == "GET keys" else self.discovery()
        claim = self.claim(method, target, headers, body)
        with self.lock:
            if asked == "POST pairings":
                self.answer_claim(claim, read_json(body))
            partner = self.partners.get(claim[0])
            require(partner, 403, "not-partner")
            unknown = not any(key["kid"] == claim[1] for key in partner["say"]["keys"])
            if unknown and self.now() > partner["keys_at"] + 300:  # [3.4]
                partner |= {"keys_at": 0, "due": 0}
            self.check(*claim[1:], partner["say"])
            return self.serve(asked, partner, parse_qs(query))

    def serve(self, asked, partner, query):
        if asked in ("GET pairings/self", "POST pairings"):
            return 200, {"status": partner["state"], "grants": partner["grants"], "name": self.name}
        if asked == "DELETE pairings/self":
            return 204, self.end(partner)
        require(asked == "GET feeds/listing", 404, "unknown")
        require(partner["state"] != "ended", 410, "pairing-ended")
        require(partner["state"] == "active", 403, "suspended")
        require(partner["grants"]["listing.read"], 403, "scope")
        limit = query.get("limit", ["500"])[0]
        require(re.fullmatch("0*[1-9][0-9]{0,11}", limit), 400, "schema-invalid")
        return 200, self.page(query.get("after", [""])[0], min(int(limit), 1000))

class Handler(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 15

    def handle_asked(self):
        headers, length = {k.lower(): v for k, v in self.headers.items()}, int(self.headers["Content-Length"] or 0)
        try:
            require(length <= 65536, 413, "too-large")
            status, told = self.server.foreign.answer(self.command, self.path, headers, self.rfile.read(length))
        except (Refused, *ODD) as wrong:
            other = (401, "signature-invalid") if isinstance(wrong, InvalidSignature) else (400, "schema-invalid")
            status, code = wrong.args if isinstance(wrong, Refused) else other
            told = {"status": status, "code": code, "title": code, "retry": code == "clock-skew"}
        raw = b"" if told is None else json.dumps(told).encode()
        said = {"Content-Type": f"application/{'problem+' * (status >= 400)}json", "Vary": "Accept-Encoding"}
        said |= {"Cache-Control": "private, no-cache", "ETag": f'W/"{sha256(raw)[:32]}"', "Connection": "close"}
        if status == 200 and headers.get("if-none-match") == said["ETag"]:
            status, raw = 304, b""
        elif "gzip" in headers.get("accept-encoding", ""):
            raw, said["Content-Encoding"] = gzip.compress(raw), "gzip"
        self.send_response(status)
        for name, value in {**said, "Content-Length": str(len(raw))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_DELETE = handle_asked  # noqa: N815 - the library's names
