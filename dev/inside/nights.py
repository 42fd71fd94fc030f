"""The book as it came in, the nights, and the reminders they sent."""

from datetime import timedelta
from email.message import EmailMessage

from ..base import say
from . import load

#: Days before today on which a night runs: often, once customers are reminded.
QUIET_NIGHTS = (175, 160, 130, 100, 73, 56, 49)
NIGHTS = (42, 38, 35, 28, 24, 21, 14, 7, 3, 1, 0)
#: The day the reminder plan went live, and how long debts due before may be reminded.
LIVE = NIGHTS[0]
ENTRY_DAYS = 60
#: What tells of a new grade, and the days after which people have read it.
GRADE_CHANGED = "activity_grade_changed"
READ_DAYS = 12
#: Days before today on which what came in since is booked.
BOOKINGS = (*range(168, LIVE, -14), *range(LIVE, 3, -7), 1, 0)


def book(office, rows, customers, start):
    """Post the invoices and book the money of a ledger, as both came in.

    :param rows: of the ledger, open on ``start`` or later
    """
    goods = {ref: office.locale.find_goods(int(ref[1:])) for ref in customers}
    done, moves = start - timedelta(days=1), None
    for ago in (office.ago(start), *BOOKINGS):
        yield ago
        if moves is None:
            opening = [row for row in rows if row.invoice_date < start]
            moves = load.load_opening(office.env, opening, customers, say, goods)
        new = [row for row in rows if done < row.invoice_date <= office.today]
        moves |= load.post_invoices(office.env, new, customers, goods=goods)
        paid = [
            row
            for row in rows
            if row.paid_date and done < row.paid_date <= office.today
        ]
        load.book_payments(office.env, paid, moves)
        done = office.today


def sleep(office):
    """Run the night, and in the morning send what it has prepared."""
    for ago in (*QUIET_NIGHTS, *NIGHTS):
        yield ago
        if ago == LIVE:
            go_live(office)
        run(office.env, office.today)
        tidy(office)
        if ago and ago <= LIVE:
            send(office)
    office.env.ref("sale_collection_reminder.ladder_normal").step_ids.filtered(
        "stage"
    ).attach_statement = True


def tidy(office):
    """Cancel the activities of grades that people have long read."""
    read = office.env["mail.activity"].search(
        [
            ("activity_type_id", "=", office.ref(GRADE_CHANGED).id),
            ("date_deadline", "<", office.day(-READ_DAYS)),
        ]
    )
    read.unlink()


def run(env, today):
    """Run the nightly cycle as of ``today``; a phase that failed ends it all."""
    done = env["sale.collection.run"]._run(today)
    for phase in done.phase_ids:
        if phase.error:
            raise SystemExit(f"{phase.name}: {phase.error}")
    for error in done.error_ids:
        raise SystemExit(f"{error.display_name}: {error.message}")
    return done


def go_live(office):
    """The plan of the usual pace is live for debts of the last weeks."""
    ladder = office.env.ref("sale_collection_reminder.ladder_normal")
    # Printing takes seconds: what was sent in the past went without enclosures.
    ladder.step_ids.write({"attach_invoices": False, "attach_statement": False})
    # Nobody is written to before anything is late.
    ladder.step_ids.filtered(lambda step: step.days <= 0).active = False
    entry = office.day(-ENTRY_DAYS)
    ladder.with_user(office.user("manager"))._go_live(entry_date=entry)


def send(office):
    """Confirm what waits for a person, send it, and print the letters of last week."""
    reminders = office.use("sale.collection.reminder", "manager")
    letters = reminders.search([("channel", "=", "letter"), ("state", "=", "queued")])
    letters = letters.filtered(lambda one: one.date < office.day(-4))
    if letters:
        letters.action_print_letters()
    waiting = reminders.search([("state", "=", "candidate")], order="id")
    if waiting.filtered("is_first_run"):
        waiting[:1].action_drop(office.say("Spoken to them on the phone."))
        waiting = waiting[1:]
    waiting.action_confirm()
    reminders._send(office.today)
    deliver(office)


def deliver(office):
    """Have the mail queue sent: the diary lets no mail leave."""
    office.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).send()


def answers(office):
    """Customers answer reminders: one reply was read, two still wait to be."""
    yield 23
    answer(office, 0, "We pay with the next run on Thursday.")
    yield 22
    for profile in office.env["sale.collection.profile"].search([]):
        profile.activity_feedback(
            ["sale_collection_reminder.activity_reply"],
            feedback=office.say("Read: they pay on Thursday."),
        )
    yield 2
    answer(office, 1, "Please send us a copy of the invoice.")
    answer(office, 2, "We have not had all of the goods yet.")


def answer(office, place, text):
    """Bring in the mail of a customer that answers one of its last reminders."""
    sent = office.env["sale.collection.reminder"].search(
        [("state", "=", "sent"), ("channel", "=", "mail"), ("message_id", "!=", False)]
    )
    reminder = sent[min(place * 2, len(sent) - 1)]
    mail = EmailMessage()
    mail["From"] = reminder.recipient_id.email_formatted
    mail["To"] = office.env.company.email
    mail["Subject"] = f"Re: {reminder.subject}"
    mail["References"] = reminder.message_id.message_id
    mail["Message-Id"] = f"<answer-{place}-{office.today}@demo.example>"
    mail.set_content(office.say(text))
    office.env["mail.thread"].message_process(
        "sale.collection.profile", mail.as_string()
    )


def bounced_mail(office):
    """A mailbox does not exist any more: the reminder came back."""
    yield 13
    sent = office.env["sale.collection.reminder"].search(
        [("state", "=", "sent"), ("channel", "=", "mail"), ("message_id", "!=", False)],
        limit=1,
    )
    office.env["sale.collection.reminder.mailer"]._note_bounce(
        sent.message_id, sent.recipient_id.email_normalized
    )
