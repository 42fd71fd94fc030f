"""A verdict in plain dicts: why, and what every rule found. Pure; see `hold_facts`."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from .hold import Check, Verdict
from .hold_cure import cures
from .hold_facts import WAITING, Order, Party, Rule


class Judgement(NamedTuple):
    """A verdict and what it was made from."""

    order: Order
    party: Party
    verdict: Verdict
    today: date
    rounded: Callable
    outcome: str = ""  # the strength applied, where it is not that of the verdict

    @property
    def strength(self) -> str:
        return self.outcome or self.verdict.strength

    def with_strength(self, strength: str) -> "Judgement":
        return self._replace(outcome=strength)

    @property
    def stops(self) -> tuple[Check, ...]:
        """The rules that keep goods back."""
        hits = self.verdict.hits
        return tuple(check for check in hits if check.rule.strength in WAITING)

    def reasons(self, lang: str, step: str = "") -> list[dict]:
        """Return one dict for each condition of the rules that hit.

        :param step: what to call a reminder step that asks for it, no rule of ours
        """
        return [
            {
                "rule": name_of(check.rule, lang) or step,
                "rule_id": check.rule.id,
                "code": row.code,
                "measured": self._plain(row.measured),
                "threshold": self._plain(row.threshold),
                "unit": row.unit,
            }
            for check in self.verdict.hits
            for row in check.measures
        ]

    def cures(self) -> list[dict]:
        """Return what would let the order go, cheapest first."""
        found = cures(
            self.verdict.hits, self.order, self.party, self.today, self.rounded
        )
        return [
            cure._asdict()
            | {
                "documents": [
                    {"name": name, "amount": amount} for name, amount in cure.documents
                ]
            }
            for cure in found
            if self.verdict.hits
        ]

    def describe(self, lang: str, step: str = "") -> dict:
        return {
            "strength": self.strength,
            "reasons": self.reasons(lang, step),
            "cures": self.cures(),
        }

    def explain(self, lang: str, step: str = "") -> dict:
        """Return what became of every rule that reaches the order."""
        free = self.verdict.free
        return {
            "strength": self.strength,
            "passed": self.verdict.passed,
            "free": free if free is None else self.rounded(free),
            "received": self.order.received,
            "checks": [
                {
                    "rule": name_of(check.rule, lang) or step,
                    "rule_id": check.rule.id,
                    "strength": check.rule.strength,
                    "outcome": check.outcome,
                    "by": check.by,
                    "measures": [self._explain(row) for row in check.measures],
                }
                for check in self.verdict.checks
            ],
        }

    def _explain(self, row):
        return row._asdict() | {
            "measured": self._plain(row.measured),
            "threshold": self._plain(row.threshold),
        }

    def _plain(self, value):
        return self.rounded(value) if isinstance(value, float) else value


def no_verdict() -> dict:
    """Return what is said of an order no rule reaches."""
    return {"strength": "none", "reasons": [], "cures": []}


def name_of(rule: Rule, lang: str) -> str:
    """Return the name of a rule in a language.

    >>> name_of(Rule(1, {"en_US": "Overdue", "fr_FR": "En retard"}, "hold"), "fr_FR")
    'En retard'
    >>> name_of(Rule(1, {"en_US": "Overdue"}, "hold"), "de_DE")
    'Overdue'
    """
    return rule.names.get(lang) or rule.names.get("en_US", "")
