from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date

# Hours a run may be late, or take, before somebody is told.
LATE_HOURS = 2
LONG_HOURS = 6
ALERT = "sale_collection.activity_run_alert"


class SaleCollectionRun(models.Model):
    """Telling a manager of nights that failed or did not happen."""

    _inherit = "sale.collection.run"

    # === AT THE END OF A RUN ===#

    def _report(self):
        """Tell of a scheduled run that failed; take back alerts once one went well."""
        self.ensure_one()
        if self.state == "done":
            self._settle_alerts()
        elif self.scheduled:
            self._alert(self.env._("The nightly run failed"), self.result)

    def _alert(self, summary, note=None):
        """Ask the manager of the company to look at this run, once a run."""
        manager = self.company_id._collection_get_night_manager()
        if manager and not self._get_alerts([("res_id", "=", self.id)]):
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                ALERT, summary=summary, note=note, user_id=manager.id
            )

    def _settle_alerts(self):
        """Close the alerts of this company's earlier nights: one has gone well."""
        runs = self.search([("company_id", "=", self.company_id.id)])
        self._get_alerts([("res_id", "in", runs.ids)]).action_feedback(
            feedback=self.env._("The run of %(date)s went well.", date=self.date)
        )

    @api.model
    def _get_alerts(self, domain):
        activity_type = self.env.ref(ALERT)
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("activity_type_id", "=", activity_type.id),
                    *domain,
                ]
            )
        )

    # === WATCHING ===#

    @api.model
    def _cron_watch(self):
        """Find nights that did not happen or do not end, and tell of them."""
        cron = self.env.ref("sale_collection.cron_run", raise_if_not_found=False)
        if not cron or not self._try_claim(cron):
            return  # at work just now
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        for company in companies:
            self._watch(company, cron, fields.Datetime.now())

    @api.model
    def _watch(self, company, cron, now):
        last = self.search(
            [("company_id", "=", company.id), ("scheduled", "=", True)], limit=1
        )
        interval = relativedelta(**{cron.interval_type: cron.interval_number})
        since = last.started_at or max(company.create_date, cron.create_date)
        if since + interval + relativedelta(hours=LATE_HOURS) <= now:
            self._note_missed(company, cron, now)
        if last.state == "running":
            # The scheduler puts a job off that died too often; we know when it is over.
            cron._trigger()
            if last.started_at + relativedelta(hours=LONG_HOURS) <= now:
                last._alert(self.env._("The nightly run has not come to its end"))

    @api.model
    def _note_missed(self, company, cron, now):
        """List a night without a run, and say what may be the reason."""
        missed = self.create(
            {
                "company_id": company.id,
                "date": company._collection_today(),
                "scheduled": True,
                "state": "missed",
                "started_at": now,
            }
        )
        reason = (
            self.env._("The server was busy, stopped or without scheduled actions.")
            if cron.active
            else self.env._("Its scheduled action is switched off.")
        )
        summary = self.env._(
            "The nightly run of %(date)s did not happen",
            date=format_date(self.env, missed.date),
        )
        if not self._get_alerts([("res_id", "in", self._get_missed_before(missed))]):
            missed._alert(summary, reason)

    @api.model
    def _get_missed_before(self, missed):
        """Return the ids of nights missed before this one: one alert is enough."""
        earlier = self.search(
            [
                ("company_id", "=", missed.company_id.id),
                ("state", "=", "missed"),
                ("id", "!=", missed.id),
            ]
        )
        return earlier.ids
