from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import formatLang

from ..tools.plan import cover, find_misfit, round_to

GROUPS = (
    "sales_team.group_sale_salesman,sale_collection.group_user,"
    "account.group_account_readonly"
)
# On the cursor and not in the context: any client sends the context it likes.
_MARK = "_sale_collection_writes_plan"


class SaleOrder(models.Model):
    """Orders with a contract collection plan."""

    _inherit = "sale.order"

    collection_contract_line_ids = fields.One2many(
        "sale.collection.contract.line",
        "order_id",
        string="Collection plan",
        groups=GROUPS,
        # Judged against the total that the order's lines then have.
        write_sequence=30,
    )
    collection_contract_note = fields.Char(
        compute="_compute_collection_contract_note", groups=GROUPS
    )
    collection_contract_misfits = fields.Boolean(
        compute="_compute_collection_contract_note",
        export_string_translation=False,
        groups=GROUPS,
    )
    collection_contract_source_id = fields.Many2one(
        "sale.order",
        string="Copy the plan of",
        store=False,
        domain="[('collection_contract_line_ids', '!=', False), "
        "('company_id', '=', company_id)]",
        help="Parts by percent follow the total of this order; dates move along with "
        "the dates of the two orders.",
        groups=GROUPS,
    )

    # === COMPUTE ===#

    @api.depends(
        "amount_total",
        "currency_id",
        "collection_contract_line_ids.amount",
        "collection_contract_line_ids.percent",
        "collection_contract_line_ids.sequence",
        "collection_contract_line_ids.date",
        "collection_contract_line_ids.name",
    )
    def _compute_collection_contract_note(self):
        totals = self.env["sale.collection.contract.line"]._collect_totals(
            self.sudo()._origin.filtered("collection_contract_line_ids")
        )
        for order in self.sudo():
            misfit = order._describe_collection_misfit()
            rests = order._describe_collection_rests(totals.get(order._origin.id))
            notes = [misfit] if misfit else rests
            order.collection_contract_misfits = bool(misfit)
            order.collection_contract_note = " ".join(notes)

    @api.onchange("collection_contract_source_id")
    def _onchange_collection_contract_source_id(self):
        """Take over the plan of another order that the user may read."""
        source = self.collection_contract_source_id._origin
        if not source or self.collection_contract_line_ids:
            return
        source.check_access("read")
        shift = self._get_collection_start() - source._get_collection_start()
        self.collection_contract_line_ids = [
            Command.create(
                {
                    "sequence": line.sequence,
                    "name": line.name,
                    "percent": line.percent,
                    "amount": line.amount,
                    "date": line.date and line.date + shift,
                }
            )
            for line in source._get_collection_plan()
        ]

    # === PLAN ===#

    def _get_collection_plan(self):
        """Return the parts of the plan in their order, saved or not."""
        lines = self.collection_contract_line_ids
        return lines.sorted(lambda line: line._get_place())

    def _get_collection_cover(self):
        """Return the parts in the order they are covered in: what waits comes last.

        Money for a part that is due is not taken for one that nobody asks for yet.
        """
        plan = self._get_collection_plan()
        return plan.sorted(lambda line: bool(line.date and not line.due_date))

    def _get_collection_cent(self):
        """Return the smallest unit of the order's currency."""
        return self.currency_id.rounding or 0.01

    def _get_collection_start(self):
        """Return the day from which payment terms count."""
        return fields.Date.to_date(self.date_order) or fields.Date.context_today(self)

    def _find_collection_misfit(self):
        """Return the plan, and where it goes over 100 % or the order's total."""
        plan = self._get_collection_plan()
        cent = self._get_collection_cent()
        return plan, find_misfit(self.amount_total, plan._get_terms(), cent)

    def _describe_collection_misfit(self):
        """Return what of the plan does not fit, by name; empty when all does."""
        plan, misfit = self._find_collection_misfit()
        if not misfit:
            return ""
        if misfit.is_percent:
            reached = formatLang(self.env, misfit.reached * 100, digits=2) + " %"
            total = "100 %"
        else:
            reached = self.currency_id.format(misfit.reached)
            total = self.currency_id.format(self.amount_total)
        return self.env._(
            "The collection plan comes to %(reached)s of %(total)s: part %(number)s, "
            "%(part)s, no longer fits.",
            reached=reached,
            total=total,
            number=misfit.index + 1,
            part=plan[misfit.index].name or "",
        )

    def _describe_collection_rests(self, totals):
        """Return sentences on what no part of the plan covers.

        :param totals: what was invoiced and collected of the order
        """
        plan = self._get_collection_plan()
        if not plan:
            return []
        cent = self._get_collection_cent()
        amounts = plan.mapped("amount")
        invoiced, collected = (
            round_to(total - sum(cover(total, amounts, cent)), cent)
            for total in totals or (0.0, 0.0)
        )
        rest = round_to(self.amount_total - sum(amounts), cent)
        show = self.currency_id.format
        sentences = {
            self.env._("Not planned: %(amount)s.", amount=show(rest)): rest,
            self.env._(
                "Invoiced outside the plan: %(amount)s.", amount=show(invoiced)
            ): invoiced,
            self.env._(
                "Collected outside the plan: %(amount)s.", amount=show(collected)
            ): collected,
        }
        return [sentence for sentence, amount in sentences.items() if amount]

    def _check_collection_plan(self):
        """Check that plans fit their orders.

        :raise ValidationError: naming the part
        """
        for order in self.sudo():
            for line in order._get_collection_plan():
                if line.amount < 0 or not (line.amount or line.percent):
                    raise ValidationError(
                        self.env._(
                            "Collection plan of %(order)s, %(part)s: enter a percent "
                            "or an amount.",
                            order=order.name,
                            part=line.name,
                        )
                    )
            misfit = order._describe_collection_misfit()
            if misfit:
                raise ValidationError(
                    self.env._("%(order)s: %(misfit)s", order=order.name, misfit=misfit)
                )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        with self._write_collection_plan():
            orders = super().create(vals_list)
        # A context may give a plan by default: what was made is judged, not the values.
        made = orders.sudo().filtered("collection_contract_line_ids")
        made._check_collection_plan()
        return orders

    def write(self, vals):
        if "collection_contract_line_ids" not in vals:
            return super().write(vals)
        with self._write_collection_plan():
            result = super().write(vals)
        self._check_collection_plan()
        return result

    @contextmanager
    def _write_collection_plan(self):
        """Judge the plan as a whole after this block, and not part by part."""
        before = self._is_collection_plan_being_written()
        setattr(self.env.cr, _MARK, True)
        try:
            yield
        finally:
            setattr(self.env.cr, _MARK, before)

    @api.model
    def _is_collection_plan_being_written(self):
        return getattr(self.env.cr, _MARK, False)

    # === ACTIONS ===#

    def action_plan_from_terms(self):
        """Make the plan of an order from its payment terms.

        :raise UserError: there are none, or there is a plan already
        """
        self.ensure_one()
        if self.collection_contract_line_ids:
            raise UserError(
                self.env._("%(order)s has a collection plan already.", order=self.name)
            )
        terms = self.payment_term_id.sudo()
        if not terms:
            raise UserError(
                self.env._("Choose payment terms on %(order)s first.", order=self.name)
            )
        values = self._prepare_plan_from_terms(terms)
        self.collection_contract_line_ids = [Command.create(vals) for vals in values]

    def _prepare_plan_from_terms(self, terms):
        """Return values of parts: percents, or amounts where one of them is fixed."""
        start = self._get_collection_start()
        shares = [
            {"percent": line.value_amount / 100, "date": line._get_due_date(start)}
            for line in terms.line_ids
        ]
        if any(line.value == "fixed" for line in terms.line_ids):
            shares = self._compute_term_amounts(terms, start)
        return [
            {
                **share,
                "sequence": number,
                "name": self.env._("Instalment %(number)s", number=number),
            }
            for number, share in enumerate(shares, start=1)
        ]

    def _compute_term_amounts(self, terms, start):
        """Return what core makes of payment terms: the last line is the balance."""
        total = self.amount_total
        found = terms._compute_terms(
            start, self.currency_id, self.company_id, 0, 0, 1, total, total
        )
        return [
            {"amount": line["foreign_amount"], "date": line["date"]}
            for line in found["line_ids"]
        ]
