"""Gives the demo company what every seller meets: instalments, discounts, credit
notes, short payments, money nobody matched, a cheque that bounced, open orders,
customers reviewed or graded by hand.
"""

from datetime import timedelta

from odoo.fields import Command

#: Salespeople beside the role ``rep``; the password is the login.
MORE_REPS = (("rep2", "Rob Rep"), ("rep3", "Rosa Rep"))


def tell(env, today):
    """Tell all stories of the demo company as of ``today``."""
    env = env(context={**env.context, "mail_auto_subscribe_no_notify": True})
    customers = env["res.partner"].search(
        [("ref", "=like", "C%"), ("customer_rank", ">", 0)], order="ref"
    )
    share_out(env, customers)
    story = Story(env, today, iter(customers))
    for tell_one in (
        *(story.instalments, story.early_discount, story.short_payment),
        *(story.write_off, story.credit_notes, story.unmatched_money),
        *(story.bounced_cheque, story.open_orders, story.payment_routine),
    ):
        tell_one()
    env.flush_all()
    story.new_customers()
    story.grade_by_hand()


def share_out(env, customers):
    """Give every customer one of three salespeople."""
    rep = env["res.users"].search([("login", "=", "rep")])
    others = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "login": login,
                    "password": login,
                    "name": name,
                    "email": f"{login}@example.com",
                    "group_ids": [Command.set(rep.group_ids.ids)],
                }
                for login, name in MORE_REPS
            ]
        )
    )
    # The role's own customers stay with it.
    rest = customers.filtered(lambda partner: not partner.user_id)
    for place, other in enumerate(others):
        rest[place :: len(others)].user_id = other


class Story:
    """Books documents, each story for customers of its own."""

    def __init__(self, env, today, customers):
        self.env = env
        self.today = today
        self.customers = customers

    # What the stories are made of

    def day(self, ago):
        return self.today - timedelta(days=ago)

    def term(self, name):
        return self.env.ref(f"account.account_payment_term_{name}")

    def invoice(self, ago, amount, term="30days", partner=None, kind="out_invoice"):
        """Return an invoice posted ``ago`` days before today."""
        partner = partner or next(self.customers)
        invoice = self.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": partner.id,
                "invoice_date": self.day(ago),
                "date": self.day(ago),
                "invoice_user_id": partner.user_id.id,
                "invoice_payment_term_id": self.term(term).id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def pay(self, invoice, ago, amount=None, **values):
        """Return the payment of an invoice, ``amount`` of it if given."""
        if amount:
            values["amount"] = amount
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": self.day(ago), **values})
            ._create_payments()
        )

    # The stories

    def instalments(self):
        """30 % at once, the rest after 60 days: one paid both, one only the first."""
        both = self.invoice(100, 4000, "advance_60days")
        self.pay(both, 98, 1200)
        self.pay(both, 20, 2800)
        late = self.invoice(90, 6000, "advance_60days")
        self.pay(late, 85, 1800)
        self.invoice(10, 2500, "advance_60days")

    def early_discount(self):
        """2 % off within seven days: one took it, one paid in full, one still may."""
        self.pay(self.invoice(40, 1500, "30days_early_discount"), 35)
        self.pay(self.invoice(60, 1500, "30days_early_discount"), 25)
        self.invoice(3, 2200, "30days_early_discount")

    def short_payment(self):
        """Part of the money came; the rest is overdue."""
        for ago, share in ((75, 0.6), (65, 0.9)):
            self.pay(self.invoice(ago, 3000), 20, 3000 * share)

    def write_off(self):
        """Ten short of a thousand, and the ten are written off."""
        account = self.env["account.account"].search(
            [("account_type", "=", "expense")], limit=1
        )
        self.pay(
            self.invoice(70, 1000),
            30,
            990,
            payment_difference_handling="reconcile",
            writeoff_account_id=account.id,
        )

    def credit_notes(self):
        """One credit note takes a part off an invoice, another is not used yet."""
        invoice = self.invoice(50, 1800)
        note = self.invoice(30, 300, partner=invoice.partner_id, kind="out_refund")
        lines = (invoice + note).line_ids
        lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.invoice(25, 450, kind="out_refund")

    def unmatched_money(self):
        """Money on account that nobody has matched yet."""
        partner = self.invoice(55, 2000).partner_id
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": 1500,
                "date": self.day(4),
                "memo": "On account",
            }
        )
        payment.action_post()

    def bounced_cheque(self):
        """A cheque came back three days later; the bank charges its fee."""
        payment = self.pay(self.invoice(80, 2400), 15)
        self.env["sale.collection.bounce"]._bounce(
            payment, self.day(12), "funds", fee=25.0
        )

    def open_orders(self):
        """Confirmed orders use credit; the second goes over its customer's limit."""
        product = self.env["product.product"].create(
            {"name": "Pallet of goods", "type": "service", "list_price": 900.0}
        )
        for quantity, limit in ((2, 20000), (12, 5000)):
            partner = next(self.customers)
            partner.write({"use_partner_credit_limit": True, "credit_limit": limit})
            order = self.env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "user_id": partner.user_id.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": quantity,
                                "tax_ids": False,
                            }
                        )
                    ],
                }
            )
            order.action_confirm()

    def payment_routine(self):
        """Customers that pay on the 10th and the 25th, or on Fridays."""
        for values in (
            {"payment_month_days": "10, 25", "payment_form": "transfer"},
            {"payment_weekday": "4", "visiting_hours": "Mornings"},
        ):
            partner = self.invoice(20, 1600).partner_id
            self.env["sale.collection.profile"]._for(partner).write(values)

    def new_customers(self):
        """Two customers without history: one reviewed, one not yet."""
        reviewed, unknown = self.env["res.partner"].create(
            [
                {"name": name, "ref": ref, "is_company": True, "customer_rank": 1}
                for name, ref in (
                    ("Willow Instruments", "N0001"),
                    ("Yarrow Ceramics", "N0002"),
                )
            ]
        )
        for partner in (reviewed, unknown):
            self.invoice(8, 3000, partner=partner)
        controller = self.env["res.users"].search([("login", "=", "controller")])
        review = (
            self.env["sale.collection.review"]
            .with_user(controller)
            .create(
                {
                    "partner_id": reviewed.id,
                    "date": self.today,
                    "external_source": "Trade register report",
                    "external_rating": 78,
                    "founded_year": self.today.year - 14,
                    "total_assets": 900_000,
                    "equity": 310_000,
                    "visit_date": self.day(15),
                    "visit_finding": "75",
                    "proposed_grade_id": self.grade("B").id,
                    "proposed_credit": "limit",
                    "proposed_limit": 8000,
                }
            )
        )
        review.action_approve()

    def grade_by_hand(self):
        """One customer is graded down for three months."""
        partner = next(self.customers)
        manager = self.env["res.users"].search([("login", "=", "manager")])
        self.env["sale.collection.grade.override"].with_user(manager).create(
            {
                "profile_id": self.env["sale.collection.profile"]._for(partner).id,
                "grade_id": self.grade("D").id,
                "reason": "Its biggest buyer has filed for insolvency",
                "date_until": self.today + timedelta(days=90),
            }
        )

    def grade(self, name):
        return self.env["sale.collection.grade"].search([("name", "=", name)], limit=1)
