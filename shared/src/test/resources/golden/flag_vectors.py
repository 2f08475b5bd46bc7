#!/usr/bin/env python3
"""Writes flag-vectors.json: what every evaluator of flags must answer.

Written from the documentation alone (docs/adr/0010), in another language than the evaluators, so that they are not
checked against themselves. Run it beside the file: python3 flag_vectors.py
"""
import hashlib
import json
import random
import re
from datetime import datetime, timezone

MASK = 0xFFFFFFFF
SEEDS = {"rollout": 0, "variant": 86028157, "holdout": 49979687}


def utf8(text):
    """UTF-8 with U+FFFD for half of a surrogate pair."""
    pairs = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return pairs.encode("utf-8")


def rotl(x, n):
    return ((x << n) | (x >> (32 - n))) & MASK


def murmur3(data, seed):
    h = seed
    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], "little") * 0xCC9E2D51 & MASK
        h ^= rotl(k, 15) * 0x1B873593 & MASK
        h = (rotl(h, 13) * 5 + 0xE6546B64) & MASK
    k = int.from_bytes(data[whole:], "little")
    if len(data) > whole:
        h ^= rotl(k * 0xCC9E2D51 & MASK, 15) * 0x1B873593 & MASK
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & MASK
    return h ^ h >> 16


def murmur_bucket(salt, unit, purpose):
    return murmur3(utf8(salt + ":" + unit), SEEDS[purpose]) * 100000 >> 32


def seed_bucket(unit, key):
    h = 0
    data = (unit + key).encode("utf-16-le", "surrogatepass")
    for i in range(0, len(data), 2):
        h = (h * 31 + int.from_bytes(data[i:i + 2], "little")) & MASK
    return abs(h - (1 << 32) if h >> 31 else h) % 100


def attribute(name, user, attributes):
    if name == "user_id":
        return user
    if attributes.get(name) is not None:
        return attributes[name]
    place = attributes
    for part in name.split("."):
        if not isinstance(place, dict) or part not in place:
            return None
        place = place[part]
    return place


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(a, b):
    if is_number(a) and is_number(b):
        return float(a) == float(b)
    return type(a) is type(b) and a == b


def semver(text):
    m = re.fullmatch(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?", text) \
        if isinstance(text, str) else None
    if not m:
        return None
    pre = [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in m[4].split(".")] if m[4] else []
    return [int(m[1]), int(m[2]), int(m[3]), 0 if pre else 1, pre]


def moment(value):
    if is_number(value):
        return int(value)
    if not isinstance(value, str):
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return int(datetime.fromisoformat(value).replace(tzinfo=timezone.utc).timestamp() * 1000)
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", value):
            return int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        pass
    return None


def fits_one(op, value, wanted):
    if op in ("in", "not_in"):
        return any(same(value, w) for w in wanted) == (op == "in")
    if op in ("starts_with", "ends_with", "contains"):
        test = {"starts_with": str.startswith, "ends_with": str.endswith, "contains": str.__contains__}[op]
        return isinstance(value, str) and any(test(value, w) for w in wanted)
    if op in ("before", "after"):
        at, limit = moment(value), moment(wanted[0])
        return at is not None and (at < limit if op == "before" else at >= limit)
    if op.startswith("semver_"):
        a, b = semver(value), semver(wanted[0])
        op = op[len("semver_"):]
    else:
        a, b = (value, wanted[0]) if is_number(value) else (None, None)
    if a is None:
        return False
    return {"eq": a == b, "lt": a < b, "lte": a <= b, "gt": a > b, "gte": a >= b}[op]


def condition_fits(condition, user, attributes, segments):
    negated = condition.get("not", False)
    if "segment" in condition:
        inner = segments[condition["segment"]]["if"]
        return all(condition_fits(c, user, attributes, segments) for c in inner) != negated
    op = condition.get("operator", "in")
    value = attribute(condition["attribute"], user, attributes)
    if op in ("exists", "not_exists"):
        fits = (value is not None) == (op == "exists")
    elif value is None:
        fits = False
    elif isinstance(value, list):
        results = [fits_one(op, v, condition["values"]) for v in value if v is not None]
        fits = all(results) if op == "not_in" else any(results)
    else:
        fits = fits_one(op, value, condition["values"])
    return fits != negated


def ranges(split):
    if isinstance(split, list):
        return [(r["variant"], round(r.get("from", 0) * 1000), round(r.get("to", 100) * 1000)) for r in split]
    out, end = [], 0
    for variant, share in (split or {}).items():
        out.append((variant, end, end + round(share * 1000)))
        end = out[-1][2]
    return out


def evaluate(config, key, user, attributes):
    flags = {f["key"]: f for f in config["definitions"]}
    segments = {s["key"]: s for s in config.get("segments", [])}
    holdouts = {h["key"]: h for h in config.get("holdouts", [])}
    if key not in flags:
        return None, "FLAG_NOT_FOUND", None
    flag = flags[key]
    on, off = flag.get("on", "on"), flag.get("off", "off")
    salt = flag.get("salt", key)
    if not flag.get("enabled", False):
        return off, "DISABLED", None
    for needed in flag.get("prerequisites", []):
        variant, _, _ = evaluate(config, needed["flag"], user, attributes)
        if variant not in needed.get("variants", ["on"]):
            return off, "PREREQUISITE_FAILED", needed["flag"]
    if user is not None:
        for target in flag.get("targets", []):
            if user in target["users"]:
                return target["variant"], "TARGETING_MATCH", None
        if user in flag.get("target_users", []):
            return on, "TARGETING_MATCH", None
    unit = attribute(flag.get("bucket_by", "user_id"), user, attributes)
    if isinstance(unit, int) and not isinstance(unit, bool):
        unit = str(unit)
    if not isinstance(unit, str) or (unit == "" and flag.get("bucket_by", "user_id") != "user_id"):
        unit = None
    if "holdout" in flag and unit is not None:
        if murmur_bucket(flag["holdout"], unit, "holdout") < round(holdouts[flag["holdout"]]["percentage"] * 1000):
            return off, "HOLDOUT", flag["holdout"]

    def decide(percentage, variant, split, whole, excluded, rule):
        if percentage <= 0:
            return off, excluded, rule
        if percentage >= 100 and not split:
            return variant, whole, rule
        if unit is None:
            return off, "TARGETING_KEY_MISSING", None
        if percentage < 100:
            reached = seed_bucket(unit, key) < percentage if flag.get("bucketing", "seed") == "seed" \
                else murmur_bucket(salt, unit, "rollout") < round(percentage * 1000)
            if not reached:
                return off, excluded, rule
        if not split:
            return variant, "SPLIT", rule
        bucket = murmur_bucket(salt, unit, "variant")
        for name, begin, end in split:
            if begin <= bucket < end:
                return name, "SPLIT", rule
        return off, "SPLIT", rule

    rules = flag.get("rules", [])
    for rule in rules:
        if all(condition_fits(c, user, attributes, segments) for c in rule.get("if", [])):
            return decide(rule.get("rollout_percentage", 100), rule.get("variant", "on"), ranges(rule.get("split")),
                          "TARGETING_MATCH", "RULE_EXCLUDED", rule["key"])
    percentage = flag.get("rollout_percentage", 0)
    whole = "DEFAULT" if rules else "STATIC"
    return decide(percentage, on, ranges(flag.get("split")), whole, "SPLIT" if percentage > 0 else whole, None)


CONFIG = {
    "segments": [
        {"key": "internal", "if": [{"attribute": "email_domain", "values": ["growth.example", "bus.example"]}]},
        {"key": "heavy", "if": [{"attribute": "usage.api_calls", "operator": "gte", "values": [40]},
                                {"attribute": "tier", "values": ["free"]}]},
        {"key": "empty", "if": []},
    ],
    "holdouts": [{"key": "q4", "percentage": 10}, {"key": "nobody", "percentage": 0}],
    "definitions": [
        {"key": "seed_half", "enabled": True, "rollout_percentage": 50, "target_users": ["u-7", "grüße"]},
        {"key": "seed_off", "enabled": False, "rollout_percentage": 100, "target_users": ["u-7"]},
        {"key": "seed_all", "enabled": True, "rollout_percentage": 100, "target_users": []},
        {"key": "seed_none", "enabled": True, "rollout_percentage": 0, "target_users": ["u-9"]},
        {"key": "murmur_third", "enabled": True, "rollout_percentage": 33.333, "bucketing": "murmur3"},
        {"key": "salted", "enabled": True, "rollout_percentage": 33.333, "bucketing": "murmur3", "salt": "murmur_third"},
        {"key": "by_account", "enabled": True, "rollout_percentage": 40, "bucketing": "murmur3", "bucket_by": "account_id"},
        {"key": "by_seat", "enabled": True, "rollout_percentage": 60, "bucketing": "murmur3", "bucket_by": "org.seat"},
        {"key": "colour", "enabled": True, "rollout_percentage": 80, "bucketing": "murmur3",
         "variants": {"red": "#f00", "green": "#0f0", "none": ""}, "on": "red", "off": "none",
         "split": {"red": 50, "green": 25}, "targets": [{"variant": "green", "users": ["u-3", "u-7"]}]},
        {"key": "ranged", "enabled": True, "rollout_percentage": 100, "bucketing": "murmur3",
         "variants": {"a": 1, "b": 2.5, "c": 0}, "on": "a", "off": "c",
         "split": [{"variant": "a", "from": 0, "to": 12.345}, {"variant": "b", "from": 50, "to": 75}]},
        {"key": "ruled", "enabled": True, "rollout_percentage": 0, "bucketing": "murmur3", "rules": [
            {"key": "staff", "if": [{"segment": "internal"}]},
            {"key": "not_heavy_beta", "if": [{"segment": "heavy", "not": True}, {"attribute": "beta", "values": [True]}],
             "rollout_percentage": 50},
            {"key": "near_limit", "if": [{"segment": "heavy"}], "rollout_percentage": 25},
            {"key": "versions", "if": [{"attribute": "app.version", "operator": "semver_gte", "values": ["2.0.0-beta.2"]},
                                       {"attribute": "app.version", "operator": "semver_lt", "values": ["3.0.0"]}]},
            {"key": "dates", "if": [{"attribute": "signed_up", "operator": "after", "values": ["2026-01-01"]},
                                    {"attribute": "signed_up", "operator": "before", "values": ["2026-06-30T12:00:00+02:00"]}]},
            {"key": "texts", "if": [{"attribute": "path", "operator": "starts_with", "values": ["/a", "/ü"]},
                                    {"attribute": "path", "operator": "ends_with", "values": [".html", "😀"]}]},
            {"key": "lists", "if": [{"attribute": "groups", "operator": "contains", "values": ["adm"]},
                                    {"attribute": "groups", "operator": "not_in", "values": ["banned"]}]},
            {"key": "numbers", "if": [{"attribute": "age", "operator": "gt", "values": [17.5]},
                                      {"attribute": "age", "operator": "lte", "values": [65]},
                                      {"attribute": "country", "operator": "exists"},
                                      {"attribute": "vat", "operator": "not_exists"}]},
            {"key": "one", "if": [{"attribute": "level", "values": [1, "2", False]}]},
            {"key": "never", "if": [{"segment": "empty", "not": True}]}]},
        {"key": "needs", "enabled": True, "rollout_percentage": 100, "bucketing": "murmur3",
         "prerequisites": [{"flag": "murmur_third"}, {"flag": "colour", "variants": ["red", "green"]}]},
        {"key": "held", "enabled": True, "rollout_percentage": 100, "bucketing": "murmur3", "holdout": "q4",
         "target_users": ["u-1", "u-2"]},
        {"key": "not_held", "enabled": True, "rollout_percentage": 100, "bucketing": "murmur3", "holdout": "nobody"},
        {"key": "json", "enabled": True, "rollout_percentage": 50, "bucketing": "murmur3",
         "variants": {"big": {"limit": 10, "list": [1, "x"]}, "small": {}}, "on": "big", "off": "small"},
    ],
}

UNITS = ["", "u-1", "polygene", "😀", "a😀b", "\ud800", "x\udc00y", "\ud83d\u0041", "é", "日本語", "user@example", "0", "a" * 10240, "😀" * 2560]


def contexts(chance):
    def maybe(value):
        return value if chance.random() < 0.5 else None
    for i in range(400):
        attributes = {
            "account_id": maybe("acc-" + str(chance.randrange(50))),
            "email_domain": maybe(chance.choice(["growth.example", "bus.example", "other.example"])),
            "usage.api_calls": maybe(chance.choice([0, 39, 40, 41.5, "40"])),
            "tier": maybe(chance.choice(["free", "pro"])),
            "beta": maybe(chance.choice([True, False, "true"])),
            "app": maybe({"version": chance.choice(["2.0.0-beta.1", "2.0.0-beta.2", "2.0.0-beta.10", "2.0.0", "2.9.9+b1", "3.0.0", "3.0.0-rc.1", "two"])}),
            "signed_up": maybe(chance.choice(["2025-12-31", "2026-01-01", "2026-06-30T09:59:59Z", "2026-06-30T10:00:00Z", 1767225600000, 1767225599999, "soon"])),
            "path": maybe(chance.choice(["/a.html", "/ü😀", "/b.html", "a.html", "/a", 5])),
            "groups": maybe(chance.choice([["admin"], ["admin", "banned"], [], ["x", None, "badm"], "admin", [1]])),
            "age": maybe(chance.choice([17, 17.5, 18, 65, 65.0, 66, "30"])),
            "country": maybe(chance.choice(["DE", ""])),
            "vat": maybe("DE123"),
            "level": maybe(chance.choice([1, 1.0, 2, "2", "1", False, 0, True])),
            "org": maybe({"seat": chance.choice([7, "7", 7.5, True, "", 12345678901])}),
        }
        user = chance.choice([None, "u-" + str(chance.randrange(40)), "grüße", "polygene", "", "😀" + str(i), "\ud800" + str(i % 7)])
        yield user, {k: v for k, v in attributes.items() if v is not None}


def main():
    chance = random.Random(20261124)
    buckets = [{"salt": salt, "unit": unit, **{p: murmur_bucket(salt, unit, p) for p in SEEDS}}
               for salt in ["", "checkout", "größe", "😀"] for unit in UNITS]
    cases = []
    for user, attributes in contexts(chance):
        for flag in [f["key"] for f in CONFIG["definitions"]] + ["unknown"]:
            variant, reason, rule = evaluate(CONFIG, flag, user, attributes)
            cases.append({"key": flag, "user": user, "attributes": attributes,
                          "variant": variant, "reason": reason, "rule": rule})
    digest = hashlib.sha256()
    for i in range(1_000_000):
        digest.update(murmur_bucket("salt-" + str(i % 1000), "user-" + str(i), "rollout").to_bytes(4, "big"))
    # One line per context: its answers in the order of the flags.
    lines = []
    for at in range(0, len(cases), len(CONFIG["definitions"]) + 1):
        part = cases[at:at + len(CONFIG["definitions"]) + 1]
        lines.append({"user": part[0]["user"], "attributes": part[0]["attributes"],
                      "answers": {c["key"]: [c["variant"], c["reason"], c["rule"]] for c in part}})
    with open("flag-vectors.json", "w", encoding="ascii", newline="\n") as out:
        out.write('{"flags": ' + json.dumps(CONFIG) + ',\n"million": "' + digest.hexdigest() + '",\n"buckets": [\n')
        out.write(",\n".join(json.dumps(b) for b in buckets))
        out.write('\n],\n"contexts": [\n')
        out.write(",\n".join(json.dumps(line) for line in lines))
        out.write("\n]}\n")


main()
