"""What people of the demo company do: bill, pay, talk, promise. Stories use it."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.fields import Command


class Office:
    """Does one thing at a time, as the user who would, on the day the clock shows."""

    def __init__(self, env, locale, diary, customers):
        self.env = env
        self.locale = locale
        self.diary = diary
        self.customers = customers

    # === THE DAY ===#

    @property
    def today(self):
        """Return the day the clock shows."""
        return self.env.company._collection_today()

    def day(self, ahead):
        """Return a day so many days after the one the clock shows."""
        return self.today + timedelta(days=ahead)

    # === PEOPLE ===#

    def user(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    def use(self, model, login):
        """Return a model as a user has it."""
        return self.env[model].with_user(self.user(login))

    def profile(self, partner):
        """Return the credit profile of a customer as the collector has it."""
        profile = self.env["sale.collection.profile"]._for(partner)
        return profile.with_user(self.user("collector"))

    def person(self, partner):
        """Return who answers the phone at a customer."""
        roles = partner.collection_role_ids
        return roles.filtered(lambda one: one.role == "handler")[:1].contact_id

    def ref(self, name):
        return self.env.ref(f"sale_collection.{name}")

    # === DOCUMENTS ===#

    def invoice(
        self,
        amount,
        *,
        days=30,
        term=None,
        partner=None,
        kind="out_invoice",
        date=None,
    ):
        """Return a posted invoice, of today if no date is given.

        :param amount: as the English company has it
        """
        partner, date = partner or next(self.customers), date or self.today
        day = date + timedelta(days=days)
        due = {"invoice_date_due": day, "invoice_payment_term_id": False}
        if term:
            term = self.env.ref(f"account.account_payment_term_{term}")
            due = {"invoice_payment_term_id": term.id}
        invoice = self.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": partner.id,
                "invoice_date": date,
                "date": date,
                "invoice_user_id": partner.user_id.id,
                "invoice_line_ids": [Command.create(self._prepare_line(amount))],
                **due,
            }
        )
        invoice.action_post()
        invoice.is_move_sent = True
        return invoice

    def _prepare_line(self, amount):
        return {
            "name": self.locale.goods[int(amount) % len(self.locale.goods)],
            "price_unit": self.locale.money(amount),
            "tax_ids": False,
        }

    def pay(self, invoice, amount=None, **values):
        """Return the payment of an invoice, ``amount`` of it if given."""
        if amount:
            values["amount"] = self.locale.money(amount)
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": self.today, **values})
            ._create_payments()
        )

    def receivable(self, invoice):
        """Return the instalments of an invoice."""
        return invoice.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def set_limit(self, partner, limit, reason, login="controller"):
        """Give a customer a credit limit, ``limit`` as the English company has it."""
        dialog = self.use("sale.collection.credit.terms", login)
        dialog.with_context(default_profile_id=self.profile(partner).id).create(
            {
                "credit_policy": "limit",
                "credit_limit": self.locale.money(limit),
                "reason": self.say(reason),
            }
        ).action_apply()

    # === TALKS ===#

    def find_talker(self, invoice):
        """Return who calls about an invoice: the collector, else the salesperson."""
        collector = self.user("collector")
        if invoice.with_user(collector).has_access("read"):
            return collector
        return invoice.partner_id.user_id

    def talk(self, invoice, result, **values):
        """Log a contact about an invoice in the dialog of the application."""
        partner = invoice.partner_id
        user = self.find_talker(invoice)
        dialog = (
            self.env["sale.collection.contact.log"]
            .with_user(user)
            .create(
                {
                    "profile_id": self.profile(partner).id,
                    "type": values.pop("type", "call"),
                    "result": result,
                    "contact_id": self.person(partner).id,
                    "move_ids": [Command.set(invoice.ids)],
                    **values,
                }
            )
        )
        dialog.action_save()
        return self.profile(partner).contact_ids[:1].with_user(user)

    def promise(self, invoice, amount, ahead, **values):
        """Return the promise a customer gave on the phone."""
        amount = self.locale.money(amount)
        self.talk(
            invoice,
            "promised",
            **{"promise_amount": amount, "next_date": self.day(ahead), **values},
        )
        profile = self.profile(invoice.partner_id)
        profile = profile.with_user(self.find_talker(invoice))
        return profile.promise_ids.filtered(lambda one: one.state == "open")[:1]

    def dispute(self, invoice, reason, amount=None, **values):
        """Return the dispute a talk about an invoice ended with."""
        lines = self.receivable(invoice)
        part = self.locale.money(amount) if amount else sum(lines.mapped("balance"))
        contact = self.talk(
            invoice,
            "disputes",
            reason_id=self.ref(reason).id,
            line_ids=[Command.create({"line_id": lines[:1].id, "disputed": part})],
            **values,
        )
        return contact.dispute_id

    def say(self, text, **values):
        return self.locale.say(text, **values)

    # === DATES OF THE PAST ===#

    def ago(self, day):
        """Return how many days before today a day is."""
        return (self.diary.today - day).days

    def month(self, back):
        """Return the first day of the month so many months before that of today."""
        return self.diary.today - relativedelta(months=back, day=1)

    def domain(self, partner):
        """Return the domain of the mailboxes of a customer."""
        return partner.email.partition("@")[2]
