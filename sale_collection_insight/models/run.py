from odoo import api, models

from odoo.addons.sale_collection.tools.night import Phase

from ..tools.forecast import get_monday


class SaleCollectionRun(models.Model):
    """The first night of a week keeps its forecast and warns of what will be late.

    That of a month sends the board report. Once figures and promises are new.
    """

    _inherit = "sale.collection.run"

    @api.model
    def _get_phases(self):
        # EXTENDS: behind all that stands behind the promises: see `in_order`
        return [
            *super()._get_phases(),
            Phase(
                "forecast",
                self.env._("Keep the cash forecast"),
                after="promise_follow_up",
                counts={
                    "kept": self.env._("weeks of the forecast kept"),
                    "compared": self.env._("weeks compared with what came"),
                },
            ),
            Phase(
                "early_warning",
                self.env._("Warn of what will be late"),
                after="forecast",
                counts={"warned": self.env._("people warned of late instalments")},
            ),
            Phase(
                "board_report",
                self.env._("Send the board report"),
                after="early_warning",
                counts={"reported": self.env._("people sent the board report")},
            ),
        ]

    def _phase_forecast(self, today):
        forecasts = self.env["sale.collection.forecast"].sudo()
        return {
            "compared": forecasts._compare(self.company_id, today),
            "kept": forecasts._keep(self.company_id, today),
        }

    def _phase_board_report(self, today):
        """Send the report of the last month: in the first night that gets so far."""
        board = self.env["sale.collection.board.report"]
        return {"reported": board._send_monthly(self.company_id, today)}

    def _phase_early_warning(self, today):
        """Tell people once a week: in its first night that gets so far."""
        told = [
            ("company_id", "=", self.company_id.id),
            ("code", "=", "early_warning"),
            ("state", "=", "done"),
            ("date", ">=", get_monday(today)),
        ]
        if self.env["sale.collection.run.phase"].search_count(told, limit=1):
            return {"warned": 0}
        warning = self.env["sale.collection.early.warning"]
        found = warning._collect_warnings(self.company_id)
        return self._get_phase_at_work()._each(
            self.env["res.users"].union(*found),
            lambda reps: warning._send_warnings({rep: found[rep] for rep in reps}),
            count="warned",
        )
