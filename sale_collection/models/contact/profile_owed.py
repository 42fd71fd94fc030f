from odoo import models


class SaleCollectionProfile(models.Model):
    """Instalments of a customer that a talk or a dispute can be about."""

    _inherit = "sale.collection.profile"

    def _get_overdue_lines(self, moves=None, today=None, limit=None):
        """Return overdue receivable lines of this customer, oldest first.

        Read for the whole customer: whoever may see the profile may speak about all
        of its debt, invoices of colleagues included.

        :param moves: only of these documents, overdue or not
        """
        self.ensure_one()
        self.check_access("read")
        today = today or self.company_id._collection_today()
        domain = [
            ("partner_id.commercial_partner_id", "=", self.partner_id.id),
            ("account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("amount_residual", ">", 0),
            ("company_id", "child_of", self.company_id.id),
        ]
        if moves:
            domain.append(("move_id", "in", moves.ids))
        else:
            domain.append(("date_maturity", "<", today))
        lines = self.env["account.move.line"].sudo()
        return lines.search(domain, order="date_maturity, id", limit=limit)
