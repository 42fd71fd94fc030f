import json
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, split_every
from odoo.tools.date_utils import end_of

from ...tools.scorecard import FACTOR_FIGURES, factor_values
from ..core.sql import insert_rows, update_rows
from ..core.transaction import commit_batch
from ..profile.projection import BATCH
from .scorecard import Case, Verdict

# The columns of a grade with their types, in the order of `Outcome.values`.
SCORE_COLUMNS = {
    "grade_id": "int",
    "scored_grade_id": "int",
    "score": "numeric",
    "grade_source": "varchar",
    "grade_override_id": "int",
}
# The columns of a line in the grade history, as `_prepare_score_row` gives them.
HISTORY_COLUMNS = {
    "profile_id": "int",
    "points": "numeric",
    "grade_id": "int",
    "previous_grade_id": "int",
    "source": "varchar",
    "factors": "jsonb",
}


class Standing(NamedTuple):
    """What a profile says of its grade now.

    `valid_override_id` and `override_grade_id` are set while an override is in force.
    """

    id: int
    grade_id: int | None
    scored_grade_id: int | None
    score: float | None
    source: str | None
    override_id: int | None
    user_id: int | None
    settled: int
    valid_override_id: int | None
    override_grade_id: int | None


class Outcome(NamedTuple):
    """What the profile must say; `verdict` is what the scorecard says alone."""

    standing: Standing
    verdict: Verdict
    grade_id: int | None
    source: str

    @property
    def id(self):
        return self.standing.id

    def differs(self):
        """Whether anything has to be written."""
        return self.values() != (
            self.standing.grade_id,
            self.standing.scored_grade_id,
            self.standing.score,
            self.standing.source,
            self.standing.override_id,
        )

    def values(self):
        """The values to write, in the order of `SCORE_COLUMNS`."""
        return (
            self.grade_id,
            self.verdict.grade_id,
            self.verdict.points,
            self.source,
            self.standing.valid_override_id,
        )

    def is_event(self):
        """Whether the change is worth a line in the grade history."""
        return self.grade_id != self.standing.grade_id or _whole(
            self.verdict.points
        ) != _whole(self.standing.score)

    def is_regrade(self):
        """Whether the customer had another grade before."""
        return self.standing.grade_id and self.grade_id != self.standing.grade_id


def _whole(points):
    return None if points is None else round(points)


class SaleCollectionScoring(models.AbstractModel):
    """Grades customers: judges their figures, writes new grades, tells collectors."""

    _name = "sale.collection.scoring"
    _description = "Scoring of customers"

    # === JUDGE ===#

    @api.model
    def _judge_profiles(self, profiles, company, scorecard, today):
        """Return {profile id: Outcome} by a scorecard; nothing is written.

        :param profiles: profiles of the company; all of it when empty
        """
        if not scorecard:
            return {}
        standings = self._collect_standings(profiles, company, today)
        cases = self._collect_cases(profiles, company, standings, today)
        grades = self.env["sale.collection.grade"]._get_grades(company)
        verdicts = scorecard._judge_cases(cases, grades)
        return {
            standing.id: self._get_outcome(standing, verdicts[standing.id])
            for standing in standings
        }

    @api.model
    def _get_outcome(self, standing, verdict):
        """Return what counts: a grade set by hand while in force, else the verdict."""
        if standing.valid_override_id:
            return Outcome(standing, verdict, standing.override_grade_id, "override")
        return Outcome(standing, verdict, verdict.grade_id, verdict.source)

    @api.model
    def _collect_standings(self, profiles, company, today):
        """Read grade, score and override in force of the profiles in one query."""
        profiles.flush_model()
        self.env["sale.collection.grade.override"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.grade_id, p.scored_grade_id, p.score, p.grade_source,
                       p.grade_override_id, p.user_id, COALESCE(p.paid_count, 0),
                       o.id, o.grade_id
                  FROM sale_collection_profile p
             LEFT JOIN sale_collection_grade_override o
                    ON o.id = p.grade_override_id
                   AND o.date_until >= %(today)s
                   AND o.ended_on IS NULL
                 WHERE p.company_id = %(company)s AND %(chosen)s
              ORDER BY p.id
                """,
                today=today,
                company=company.id,
                chosen=SQL("p.id = ANY(%s)", profiles.ids) if profiles else SQL("TRUE"),
            )
        )
        return [Standing(*row) for row in rows]

    @api.model
    def _collect_cases(self, profiles, company, standings, today):
        """Return {profile id: Case}: behaviour, credit review, settled invoices."""
        facts = self._collect_factors(profiles, company, today)
        reviews = self.env["sale.collection.review"]._collect_valid(
            [standing.id for standing in standings], today
        )
        cases = {}
        for standing in standings:
            known = facts.get(standing.id, {})
            review = reviews.get(standing.id)
            if review:
                known = {**known, **review.facts}
            cases[standing.id] = Case(
                known,
                standing.settled,
                reviewed=review is not None,
                review_grade_id=review and review.grade_id,
            )
        return cases

    @api.model
    def _collect_factors(self, profiles, company, today):
        """Return what the scorecard weighs, from the refreshed projection.

        Grade and screens thus show the same figures, and the ledger is read once a
        night. Profiles made since the last refresh have no figures yet and are left
        out.

        :param profiles: profiles of the company; all of it when empty
        :return: {profile id: {factor code: value}}; None where unknown
        """
        prior = self._get_company_late_share(company)
        return {
            row["id"]: factor_values(row, prior, today)
            for row in profiles._read_projection(company, FACTOR_FIGURES)
            if row["paid_count"] is not None
        }

    @api.model
    def _get_company_late_share(self, company):
        """Return the late share (0-1) of all customers together, as last refreshed."""
        [[share]] = self.env.execute_query(
            SQL(
                """
                SELECT SUM(late_count)::float8
                       / NULLIF(SUM(paid_count + open_late_count), 0)
                  FROM sale_collection_profile
                 WHERE company_id = %s
                """,
                company.id,
            )
        )
        return share or 0.0

    # === WRITE ===#

    @api.model
    def _write_outcomes(self, outcomes, company, scorecard, today):
        """Write grades, history, notices and proposals, batch by batch.

        All that follows from one change is in one batch, which the nightly run
        commits: a night cut short leaves no grade without its history.
        """
        profiles = self.env["sale.collection.profile"]
        unclosed = self._find_unclosed(outcomes, company, today)
        work = [
            outcome
            for outcome in outcomes.values()
            if outcome.differs() or outcome.id in unclosed
        ]
        for batch in split_every(BATCH, work, list):
            changed = [outcome for outcome in batch if outcome.differs()]
            regraded = [outcome for outcome in changed if outcome.is_regrade()]
            self._write_scores(changed, today)
            self._append_scores(
                [o for o in batch if o.is_event() or o.id in unclosed],
                company,
                scorecard,
                today,
            )
            self._notify_regraded(regraded, today)
            self.env["sale.collection.proposal"]._propose_terms(
                profiles.browse(outcome.id for outcome in regraded), today
            )
            commit_batch(self.env)

    @api.model
    def _write_scores(self, outcomes, today):
        """Write the changed grades with one statement, past chatter and log."""
        profiles = self.env["sale.collection.profile"].browse(
            outcome.id for outcome in outcomes
        )
        update_rows(
            self.env,
            profiles._table,
            SCORE_COLUMNS,
            [(outcome.id, *outcome.values()) for outcome in outcomes],
            common={"score_date": today},
        )
        profiles.invalidate_recordset([*SCORE_COLUMNS, "score_date"], flush=False)

    @api.model
    def _append_scores(self, outcomes, company, scorecard, today):
        """Append lines to the grade history with one statement."""
        insert_rows(
            self.env,
            "sale_collection_score",
            HISTORY_COLUMNS,
            [self._prepare_score_row(one) for one in outcomes if one.grade_id],
            {"company_id": company.id, "scorecard_id": scorecard.id, "date": today},
        )
        profiles = self.env["sale.collection.profile"]
        profiles.invalidate_model(["score_ids"], flush=False)

    @api.model
    def _find_unclosed(self, profile_ids, company, today):
        """Return the profiles that need the line a month ends with.

        On the last day of a month, those without a line of that day; else none.
        """
        if today != end_of(today, "month"):
            return set()
        groups = self.env["sale.collection.score"]._read_group(
            [("company_id", "=", company.id), ("date", "=", today)],
            ["profile_id"],
        )
        return set(profile_ids) - {profile.id for (profile,) in groups}

    @api.model
    def _prepare_score_row(self, outcome):
        standing, verdict = outcome.standing, outcome.verdict
        return (
            standing.id,
            verdict.points,
            outcome.grade_id,
            standing.grade_id,
            outcome.source,
            json.dumps([part._asdict() for part in verdict.contributions]),
        )

    # === NOTIFICATION ===#

    @api.model
    def _notify_regraded(self, outcomes, today):
        """Tell the collectors of changed grades, by one activity for each change.

        Customers graded for the first time, or no longer new, are not news: an
        import of trade history would bury the collectors under them.
        """
        Grade = self.env["sale.collection.grade"]
        readers = self._get_notice_readers(outcomes)
        news = [
            outcome
            for outcome in outcomes
            if outcome.standing.user_id in readers.ids
            and not Grade.browse(outcome.standing.grade_id).is_new
        ]
        activity_type = self.env.ref(
            "sale_collection.activity_grade_changed", raise_if_not_found=False
        )
        if not news or not activity_type:
            return
        model_id = self.env["ir.model"]._get_id("sale.collection.profile")
        # In the systray of the collector, without an e-mail for each customer.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": model_id,
                    "res_id": outcome.id,
                    "user_id": outcome.standing.user_id,
                    "date_deadline": today,
                    "automated": True,
                    "summary": self._get_regrade_summary(outcome),
                }
                for outcome in news
            ]
        )

    @api.model
    def _get_notice_readers(self, outcomes):
        """Return the collectors who can open the profile they are told of."""
        users = self.env["res.users"].browse(
            {outcome.standing.user_id for outcome in outcomes} - {None}
        )
        return users.filtered(
            lambda user: user.active and user.has_group("sale_collection.group_user")
        )

    @api.model
    def _get_regrade_summary(self, outcome):
        """Return the text of the notice, in the language of the collector."""
        lang = self.env["res.users"].browse(outcome.standing.user_id).lang
        self = self.with_context(lang=lang)
        Grade = self.env["sale.collection.grade"]
        return self.env._(
            "Grade changed from %(old)s to %(new)s",
            old=Grade.browse(outcome.standing.grade_id).name,
            new=Grade.browse(outcome.grade_id).name,
        )
