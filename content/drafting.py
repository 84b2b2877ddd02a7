"""From the model's answers so far to the next move: ask, ask again, finish, or give up. Pure.

The whole conversation is replayed from the stored exchanges each time. So a worker that dies between an
answer and its use costs nothing: the next one reads the stored answer and goes on from there.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import jsonschema

from content import menu_truth, prompts, repetition, writer
from content.brief import Brief, Earlier
from content.data import load
from content.menu_truth import Finding
from content.prompts import Message
from content.repetition import Likeness
from content.templates_engine import Written, as_hashtag, full_text
from content.words import Kind, Why

MAX_HASHTAG = 60
MAX_REWRITES = 2
SAME_BODY = 92  # two variants of one answer
LENGTH_SLACK = 2.5  # times the style's upper length; a network's own limit is far above


@dataclass(frozen=True)
class Variant:
    """One caption on offer. `likeness` is 0-100 to the nearest thing said before (`nearest_...`)."""

    caption: str
    hashtags: tuple[str, ...] = ()
    dishes: tuple[str, ...] = ()
    angle: str = ""
    source: str = "ai"
    likeness: int = 0
    nearest_id: str = ""
    nearest_text: str = ""
    alike: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        return full_text(Written(self.caption, self.hashtags, "", ""))

    def as_data(self) -> dict[str, Any]:
        data = asdict(self)
        data["text"] = self.text
        for name in ("hashtags", "dishes", "alike", "findings"):
            data[name] = list(data[name])
        return data


@dataclass(frozen=True)
class Call:
    """Ask the model. `purpose` is write, repair or rewrite."""

    purpose: str
    messages: list[Message]


@dataclass(frozen=True)
class Done:
    """`outcome` is ok, repaired, rewritten, or alike: only captions too like earlier ones were to be had."""

    variants: list[Variant]
    outcome: str


@dataclass(frozen=True)
class GiveUp:
    reason: Why


Shortlist = Callable[[str], Sequence[Earlier]]


def no_older(_text: str) -> Sequence[Earlier]:
    return ()


class Unusable(ValueError):
    """Why an answer is not one; the sentence goes to the model."""


def next_step(brief: Brief, answers: Sequence[str], older: Shortlist = no_older) -> Call | Done | GiveUp:
    """`answers` are the raw bodies of the good (HTTP 200) exchanges, oldest first.

    `older` finds posts of any age that share much with a text; `brief.earlier` holds only the latest.
    """
    name = prompts.named(brief.kind)
    asked, purpose = prompts.opening_messages(brief), "write"
    repaired, rewrites = False, 0
    good: list[Variant] = []
    weak: list[Variant] = []  # true but too like earlier ones
    wanted = 1 if brief.kind in (Kind.HASHTAGS, Kind.ALT_TEXT, Kind.STRATEGY) else brief.variants
    for body in answers:
        try:
            text = writer.reply_of(body).text
            found = [judged(v, brief, older) for v in parse(text, brief)]
        except writer.Refusal:
            return _make_do(good, weak, "rewritten", wanted) or GiveUp(Why.REFUSAL)
        except (writer.BadAnswer, Unusable) as error:
            if repaired or brief.kind == Kind.STRATEGY:  # a month does not wait twice for advice
                return _make_do(good, weak, "rewritten", wanted) or GiveUp(Why.BAD_ANSWER)
            repaired, purpose = True, "repair"
            shown = "" if isinstance(error, writer.BadAnswer) else text
            asked = prompts.repair_messages(asked, shown, str(error), name)
            continue
        fresh = [v for v in found if not v.findings]
        repeats: list[Variant] = []
        for variant in fresh:
            variant = _beside(variant, good, brief)
            (repeats if variant.alike else good).append(variant)
        weak += repeats
        bad = [v for v in found if v.findings] + repeats
        enough = len(good) >= (min(brief.enough, wanted) or wanted) or (good and not bad)
        # Once for a fuller choice; a second time only when there is nothing to offer yet.
        if enough or rewrites >= (1 if good or brief.enough else MAX_REWRITES):
            break
        rewrites, purpose = rewrites + 1, "rewrite"
        asked = prompts.rewrite_messages(
            asked, text, [p for v in bad for p in problems(v)], wanted - len(good), name
        )
    else:
        return Call(purpose, asked)
    outcome = "rewritten" if rewrites else "repaired" if repaired else "ok"
    only_long = all(finding.code == "length" for variant in bad for finding in variant.findings)
    return _make_do(good, weak, outcome, wanted) or GiveUp(Why.BAD_ANSWER if only_long else Why.UNTRUE)


def _beside(variant: Variant, others: Sequence[Variant], brief: Brief) -> Variant:
    """A choice between twins is none. Only one will be used, so they may share facts, not their start."""
    for other in others:
        found = repetition.compare(variant.text, Earlier("", other.text), _names(brief))
        if "opening" in found.reasons or found.body >= SAME_BODY:
            return replace(variant, alike=("twin",), nearest_text=other.text[:300])
    return variant


def _make_do(good: Sequence[Variant], weak: Sequence[Variant], outcome: str, wanted: int) -> Done | None:
    """What is true and no repeat; else what is true, the least repetitive first; else nothing."""
    if good:
        return Done(list(good[:wanted]), outcome)
    if weak:
        return Done(sorted(weak, key=lambda v: v.likeness)[:wanted], "alike")
    return None


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(prompts.prompt(name)["schema"]["schema"])


def parse(text: str, brief: Brief) -> list[Variant]:
    """The model's JSON as cleaned variants. Unusable says what is wrong with it."""
    data = json_in(text)
    breach = jsonschema.exceptions.best_match(_validator(prompts.named(brief.kind)).iter_errors(data))
    if breach is not None:
        raise Unusable(f"at {breach.json_path}: {breach.message[:200]}.")
    if brief.kind == Kind.ALT_TEXT:
        text = one_line(data["alt_text"])
        if not text:
            raise Unusable("it holds no description.")
        return [Variant(text)]
    if brief.kind == Kind.STRATEGY:
        if not data["days"]:
            raise Unusable("it holds no day.")
        return [
            Variant("\n".join(f"{d['day']} {d['kind']}: {one_line(d['idea'])}" for d in data["days"][:31]))
        ]
    found = [cleaned(item, brief) for item in data["variants"][:10]]
    if brief.kind == Kind.HASHTAGS:  # tags were asked for: whatever else came along is not wanted
        found = [replace(v, caption="", dishes=()) for v in found]
    found = [v for v in found if (v.hashtags if brief.kind == Kind.HASHTAGS else v.caption)]
    if not found:
        raise Unusable("it holds no caption.")
    return found


def json_in(text: str) -> Any:
    """The JSON of an answer, also inside a code fence, behind a model's loud thinking or between friendly words."""
    text = re.sub(r"(?s)^\s*<think(?:ing)?>.*?</think(?:ing)?>", "", text)
    text = re.sub(r"^\s*```(?:json)?\s*|\s*```\s*$", "", text).strip().removeprefix("\ufeff")
    if not text:
        raise Unusable("it was empty.")
    try:
        return json.loads(text)
    except ValueError as error:
        begin = text.find("{")
        if begin > 0 or text.rstrip()[-1] != "}":
            try:
                found, _end = json.JSONDecoder().raw_decode(text[max(begin, 0) :])
            except ValueError:
                found = None
            if isinstance(found, dict):
                return found
        raise Unusable(f"it is not JSON ({error}).") from error


def plain(text: str) -> str:
    """Without tags, Markdown, control characters or quotation marks around it."""
    text = text.replace("\r\n", "\n")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    text = re.sub(r"<[^<>\n]{1,200}>", "", text)
    text = re.sub(r"(\*\*|__)(.+?)\1", r"\2", text)
    text = re.sub(r"(?m)^#{1,6}\s+", "", text)
    text = re.sub(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)", r"\1 \2", text).strip()
    if len(text) > 1 and (text[0], text[-1]) in {('"', '"'), ("“", "”"), ("'", "'")}:
        text = text[1:-1].strip()
    return text


def one_line(text: str) -> str:
    return " ".join(repetition.without_emoji(plain(str(text))).split())


def cleaned(item: dict[str, Any], brief: Brief) -> Variant:
    """Plain text out of whatever was written, hashtags apart."""
    text = plain(str(item["caption"]))
    trailing = re.search(r"(?:\s*[#＃]\w+)+\s*$", text)
    tags = [str(tag) for tag in item["hashtags"]]
    if trailing:
        tags = [*re.findall(r"[#＃](\w+)", trailing.group()), *tags]
        text = text[: trailing.start()].rstrip()
    if brief.brand.emoji == "none":
        text = repetition.without_emoji(text)
    text = re.sub(r"\n{3,}", "\n\n", text)
    limit = min(brief.brand.hashtag_limit, load("platforms.yaml")[brief.platform]["hashtags"][1])
    unique: dict[str, str] = {}
    for tag in tags:
        word = tag.strip().lstrip("#＃").strip()
        word = word if re.fullmatch(r"\w+", word) else as_hashtag(word)
        if word and not word.isdigit() and len(word) <= MAX_HASHTAG:
            unique.setdefault(word.casefold(), word)
    dishes = tuple(str(d)[:120] for d in item["dishes"][:10])
    return Variant(text, tuple(unique.values())[:limit], dishes, str(item["angle"])[:60])


def judged(variant: Variant, brief: Brief, older: Shortlist = no_older) -> Variant:
    """With what is untrue about it, and what it repeats."""
    if brief.kind == Kind.ALT_TEXT:
        return replace(variant, findings=tuple(_alt_text_findings(variant.caption)))
    if brief.kind == Kind.STRATEGY:
        return variant  # nothing of it is published; the planner takes what its rules allow
    findings = menu_truth.check(variant.text, brief, named=variant.dishes)
    longest = load("platforms.yaml")[brief.platform]["chars"][1] * LENGTH_SLACK
    if len(variant.caption) > longest and brief.kind != Kind.TRANSLATE:
        findings.append(Finding("length", str(len(variant.caption)), str(int(longest))))
    likeness = Likeness()
    if brief.kind == Kind.CAPTION:
        likeness = repetition.likeness(
            variant.text,
            [*brief.earlier, *older(variant.caption)],
            names=_names(brief),
            dish=brief.dish.name if brief.dish else "",
            angle=variant.angle,
        )
    return replace(
        variant,
        findings=tuple(findings),
        likeness=likeness.total,
        nearest_id=likeness.nearest.id if likeness.nearest else "",
        nearest_text=likeness.nearest.text[:300] if likeness.nearest else "",
        alike=likeness.reasons,
    )


def _alt_text_findings(text: str) -> list[Finding]:
    """A photo may show anything; what a description must not do is advertise, or obey writing in the photo."""
    if len(text) > prompts.ALT_TEXT_CHARS * 1.6:
        return [Finding("length", str(len(text)), str(prompts.ALT_TEXT_CHARS))]
    return menu_truth.contacts(text)


_SAID = {
    "price": "it says {found}, which is not the price{should}",
    "unavailable": "it names {found}, which is not available now",
    "off_menu": "it names {found}, which is not on the menu",
    "offer": "it promises {found}, which the restaurant did not offer",
    "claim": "it claims {found}, which the facts do not say",
    "link": "it has the link {found}, which is not allowed",
    "phone": "it has the phone number {found}, which is not in the facts",
    "hours": "it says {found}, which is not in the facts",
    "avoid": "it uses {found}, a word to avoid",
    "length": "it has {found} characters; at most {should}",
}


def problems(variant: Variant) -> list[str]:
    """What is wrong with a variant, as sentences for the model; words are quoted as JSON and stay data."""
    start = json.dumps(variant.caption[:60], ensure_ascii=False)
    said = []
    for f in variant.findings:
        should = (
            f" ({json.dumps(f.should, ensure_ascii=False)})" if f.should and f.code == "price" else f.should
        )
        said.append(_SAID[f.code].format(found=json.dumps(f.found, ensure_ascii=False), should=should))
    if variant.alike:
        nearest = json.dumps(variant.nearest_text[:120], ensure_ascii=False)
        said.append(f"it is too like a text that begins {nearest}: take another opening and another angle")
    return [f"{start}: {sentence}." for sentence in said]


def _names(brief: Brief) -> list[str]:
    return [brief.brand.name, *(dish.name for dish in brief.menu), *([brief.dish.name] if brief.dish else [])]


def from_template(written: Written, brief: Brief, older: Shortlist = no_older) -> Variant:
    """A caption of the template engine, with its likeness to what was said before."""
    dishes = (written.dish,) if written.dish else ()
    variant = Variant(written.caption, written.hashtags, dishes, angle=brief.angle[:60], source="template")
    return replace(judged(variant, brief, older), findings=())
