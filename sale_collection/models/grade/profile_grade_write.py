from psycopg2.extras import Json

from odoo import api, models
from odoo.tools import split_every
from odoo.tools.date_utils import end_of

from ..core.sql import update_rows
from ..core.transaction import commit_batch
from ..profile.projection import BATCH


class SaleCollectionProfile(models.Model):
    """Write new grades with their history, and tell the collectors."""

    _inherit = "sale.collection.profile"

    # === WRITING ===#

    def _apply_scores(self, outcomes, scorecard, today):
        """Write grades, history, notices and proposals, batch by batch.

        All that follows from one change is in one batch, which the nightly run
        commits: a night cut short leaves no grade without its history.
        """
        unclosed = self._get_unclosed(outcomes, today)
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
                scorecard,
                today,
            )
            self._notify_regraded(regraded, today)
            self.browse(outcome.id for outcome in regraded)._propose(today)
            commit_batch(self.env)

    def _write_scores(self, outcomes, today):
        """Write the changed grades with one statement, past chatter and log."""
        if not outcomes:
            return
        names = {
            "grade_id": "int",
            "scored_grade_id": "int",
            "score": "numeric",
            "grade_source": "varchar",
            "grade_override_id": "int",
        }
        update_rows(
            self.env,
            self._table,
            names,
            [(outcome.id, *outcome.values()) for outcome in outcomes],
            common={"score_date": today},
        )
        profiles = self.browse(outcome.id for outcome in outcomes)
        profiles.invalidate_recordset([*names, "score_date"], flush=False)

    def _append_scores(self, outcomes, scorecard, today):
        """Append the grade history with one statement."""
        rows = [
            self._prepare_score_row(outcome, scorecard, today)
            for outcome in outcomes
            if outcome.grade_id
        ]
        if rows:
            self.env.cr.execute_values(
                """
                INSERT INTO sale_collection_score
                            (profile_id, company_id, scorecard_id, date, points,
                             grade_id, previous_grade_id, source, factors)
                     VALUES %s
                """,
                rows,
                page_size=len(rows),
            )
            self.invalidate_model(["score_ids"], flush=False)

    @api.model
    def _get_unclosed(self, profile_ids, today):
        """Return those without a line today, on the last day of a month only."""
        if today != end_of(today, "month"):
            return set()
        groups = self.env["sale.collection.score"]._read_group(
            [("company_id", "=", self.env.company.id), ("date", "=", today)],
            ["profile_id"],
        )
        return set(profile_ids) - {profile.id for (profile,) in groups}

    def _prepare_score_row(self, outcome, scorecard, today):
        standing, verdict = outcome.standing, outcome.verdict
        return (
            standing.id,
            self.env.company.id,
            scorecard.id,
            today,
            verdict.points,
            outcome.grade_id,
            standing.grade_id,
            outcome.source,
            Json([part._asdict() for part in verdict.contributions]),
        )

    # === NOTIFICATION ===#

    def _notify_regraded(self, outcomes, today):
        """Tell the collectors of changed grades, one activity for each change.

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
        model_id = self.env["ir.model"]._get_id(self._name)
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
        lang = self.env["res.users"].browse(outcome.standing.user_id).lang
        self = self.with_context(lang=lang)
        Grade = self.env["sale.collection.grade"]
        return self.env._(
            "Grade changed from %(old)s to %(new)s",
            old=Grade.browse(outcome.standing.grade_id).name,
            new=Grade.browse(outcome.grade_id).name,
        )
