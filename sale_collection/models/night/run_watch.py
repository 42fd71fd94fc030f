from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date

# Hours a run may be late, or take, before a manager is alerted.
LATE_HOURS = 2
LONG_HOURS = 6
ALERT = "sale_collection.activity_run_alert"


class SaleCollectionRunWatch(models.AbstractModel):
    """Alert managers of nights that failed, did not happen or do not end.

    One alert stands for a company, an activity on a run, until a night goes well.
    """

    _name = "sale.collection.run.watch"
    _description = "Watch over the nightly run"

    @api.model
    def _watch(self, cron):
        """Look at the last scheduled run of every company.

        :param cron: the scheduled action of the nightly run, locked
        """
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        for company in companies:
            self._watch_company(company, cron, fields.Datetime.now())

    @api.model
    def _watch_company(self, company, cron, now):
        """Alert the manager when the last scheduled run is late or too long."""
        scheduled = [("company_id", "=", company.id), ("scheduled", "=", True)]
        last = self.env["sale.collection.run"].search(scheduled, limit=1)
        interval = relativedelta(**{cron.interval_type: cron.interval_number})
        since = last.started_at or max(company.create_date, cron.create_date)
        if since + interval + relativedelta(hours=LATE_HOURS) <= now:
            self._note_missed(company, cron, now)
        if last.state == "running":
            # The scheduler postpones a job that died too often; a phase that kills its
            # process is given up, so that going on at once is safe.
            cron._trigger()
            if last.started_at + relativedelta(hours=LONG_HOURS) <= now:
                self._alert_manager(
                    last, self.env._("The nightly run has not come to its end")
                )

    @api.model
    def _note_missed(self, company, cron, now):
        """List a night without a run, and alert the manager with a likely reason."""
        runs = self.env["sale.collection.run"]
        earlier = runs.search(
            [("company_id", "=", company.id), ("state", "=", "missed")]
        )
        missed = runs.create(
            {
                "company_id": company.id,
                "date": company._collection_today(),
                "scheduled": True,
                "state": "missed",
                "started_at": now,
            }
        )
        if self._get_alerts(earlier):
            return
        reason = (
            self.env._("The server was busy, stopped or without scheduled actions.")
            if cron.active
            else self.env._("Its scheduled action is switched off.")
        )
        summary = self.env._(
            "The nightly run of %(date)s did not happen",
            date=format_date(self.env, missed.date),
        )
        self._alert_manager(missed, summary, reason)

    @api.model
    def _report_outcome(self, run):
        """Alert a manager of a failed scheduled run, close alerts after a good one."""
        if run.state == "done":
            self._close_alerts(run)
        elif run.scheduled:
            self._alert_manager(run, self.env._("The nightly run failed"), run.result)

    @api.model
    def _alert_manager(self, run, summary, note=None):
        """Give the company's manager an activity on a run, unless it has one."""
        manager = run.company_id._collection_get_night_manager()
        if manager and not self._get_alerts(run):
            run.with_context(mail_activity_quick_update=True).activity_schedule(
                ALERT, summary=summary, note=note, user_id=manager.id
            )

    @api.model
    def _close_alerts(self, run):
        """Close the alerts on all runs of the company."""
        runs = run.search([("company_id", "=", run.company_id.id)])
        self._get_alerts(runs).action_feedback(
            feedback=self.env._("The run of %(date)s went well.", date=run.date)
        )

    @api.model
    def _get_alerts(self, runs):
        """Return the alerts on runs that are not done."""
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", runs._name),
                    ("res_id", "in", runs.ids),
                    ("activity_type_id", "=", self.env.ref(ALERT).id),
                ]
            )
        )
