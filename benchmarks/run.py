"""Runs the benchmark at two sizes and prints the figures side by side."""

import json
import time

from dev.base import CHECKOUT, Stop, log_file, run, say, setting, step, work_folder
from dev.server import usual_addons
from dev.venv import PYTHON

#: Checkouts that share a database server must not meet.
PLAIN, OURS, PEER = (f"bench-{name}-{CHECKOUT}" for name in ("plain", "ours", "peer"))
#: Published peers, the one that needs the others last.
MODULES = ("account_financial_risk", "sale_financial_risk")
REMINDER_MODULES = ("account_credit_control",)
COMMISSION_MODULES = ("commission_oca", "account_commission_oca")
DEFAULT_SIZE, DEFAULT_FACTOR = 2000, 2.0


def aim(value):
    return f" (target {value})" if value else ""


#: What a person waits for, with the most queries and percent the application may add.
DESK = (
    ("confirming one service line", "confirm_service", 4, 25),
    ("confirming five storable lines", "confirm_goods", 5, 10),
    ("validating a delivery", "deliver", 4, 10),
    ("reading the form of a customer", "read_customer", 8, None),
    ("reading the form of an invoice", "read_invoice", 6, None),
)
DESK_LINES = tuple(
    line
    for label, name, queries, percent in DESK
    for line in (
        (f"{label}, core", f"desk_{name}_core", "ms"),
        ("with the application, overhead" + aim(percent), f"desk_{name}_overhead", "%"),
        ("core, queries", f"desk_{name}_core_queries", None),
        ("with the application, more" + aim(queries), f"desk_{name}_queries", None),
    )
)
#: Label, figure, unit; a unit of None is a count.
LINES = (
    ("customers", "customers", None),
    ("invoices", "invoices", None),
    ("receipts", "receipts", None),
    ("installing on this history", "install", "s"),
    ("The nightly cycle", None, None),
    ("bare aggregate of the open receivables", "open_aggregate", "ms"),
    ("bare aggregate of the receipts", "receipt_aggregate", "ms"),
    ("first refresh (makes all profiles)", "first_refresh", "ms"),
    ("first scoring (grades all)", "first_score", "ms"),
    ("refresh, nothing changed", "quiet_refresh", "ms"),
    ("customers that paid before the night", "changed", None),
    ("refresh of that night", "refresh", "ms"),
    ("scoring of that night", "score", "ms"),
    ("refresh and scoring / both aggregates (target 4.0)", "night_ratio", "x"),
    ("the same, all debts a day older", "next_day_ratio", "x"),
    ("memory of the process", "memory", "MB"),
    ("The list of the day", None, None),
    ("bare aggregate of the open receivables", "open_aggregate", "ms"),
    ("putting all customers in order, the first time", "first_rank", "ms"),
    ("the same, nothing changed (target 1,000)", "rank", "ms"),
    ("queries for it", "rank_queries", None),
    ("one customer after a talk", "rank_one", "ms"),
    ("the first 80 of the list", "list_today", "ms"),
    ("The page of key figures", None, None),
    ("bare aggregates of the same rows by month", "page_aggregate", "ms"),
    ("reading the page", "page", "ms"),
    ("reading / bare aggregates (target 3.0)", "page_ratio", "x"),
    ("queries for it", "page_queries", None),
    ("The receipt ledger", None, None),
    ("bare INSERT ... SELECT of its rows", "bare_insert", "ms"),
    ("building it from the accounting", "build", "ms"),
    ("building / bare insert (target 2.5)", "build_ratio", "x"),
    ("building, per row", "build_per_row", "ms a row"),
    ("audit of all of it", "audit", "ms"),
    ("The past", None, None),
    ("bare aggregate of the balances half a year ago", "past_aggregate", "ms"),
    ("aging as of that day, by customer", "past_aging", "ms"),
    ("aging / bare aggregate (target 3.0)", "past_ratio", "x"),
    ("figures of 13 month ends", "levels", "ms"),
    ("figures / bare aggregate", "levels_ratio", "x"),
    ("What a customer owes", None, None),
    ("what a rule on the limit needs", "rule_facts", "ms"),
    ("the same by OCA's account_financial_risk", "peer_one", "ms"),
    ("the same of 200 customers", "rule_facts_many", "ms"),
    ("the same by OCA's account_financial_risk", "peer_many", "ms"),
    ("all live figures of a profile", "live_facts", "ms"),
    ("all live figures of 200 profiles", "live_many", "ms"),
    ("queries for them", "live_queries", None),
    ("refresh and scoring after one payment", "touched", "ms"),
    ("Reminders, all that is overdue", None, None),
    ("open overdue instalments", "overdue_lines", None),
    ("messages of the first night", "reminders", None),
    ("first night, per instalment (target 0.1)", "reminders_per_line", "ms a line"),
    ("an ordinary night, per instalment", "reminders_steady_per_line", "ms a line"),
    (
        "OCA's account_credit_control, per instalment",
        "peer_reminder_per_line",
        "ms a line",
    ),
    ("Booking, with the application beside core", None, None),
    ("posting an invoice, core", "post_core", "ms"),
    ("posting an invoice, overhead (target 5)", "post_overhead", "%"),
    ("posting an invoice, more queries (target 8)", "post_queries", None),
    ("registering a payment, core", "pay_core", "ms"),
    ("registering a payment, overhead (target 5)", "pay_overhead", "%"),
    ("registering a payment, more queries (target 8)", "pay_queries", None),
    ("At the desk, on the same database with the application and without", None, None),
    *DESK_LINES,
    ("Confirming five storable lines, 100 instalments open", None, None),
    ("core", "confirm_busy_core", "ms"),
    ("the hold check", "check_busy", "ms"),
    ("the same by OCA's sale_financial_risk", "peer_check_busy", "ms"),
    ("the hold check, share of core (target 10)", "check_busy_share", "%"),
    ("the same by OCA's sale_financial_risk", "peer_check_busy_share", "%"),
    ("the hold check, queries (target 6)", "check_busy_queries", None),
    ("the same by OCA's sale_financial_risk", "peer_check_busy_queries", None),
    ("all of the application", "confirm_busy_overhead", "%"),
    ("all of OCA's sale_financial_risk", "peer_confirm_busy_overhead", "%"),
    ("The same with 2,000 settled instalments besides", None, None),
    ("the hold check", "check_settled", "ms"),
    ("the same by OCA's sale_financial_risk", "peer_check_settled", "ms"),
    ("the hold check, share of core (target 10)", "check_settled_share", "%"),
    ("the same by OCA's sale_financial_risk", "peer_check_settled_share", "%"),
    ("all of the application", "confirm_settled_overhead", "%"),
    ("all of OCA's sale_financial_risk", "peer_confirm_settled_overhead", "%"),
    ("Booking commission on all money", None, None),
    ("entries", "entries", None),
    ("bare INSERT ... SELECT of them", "bare_entries", "ms"),
    ("booking them from the money", "accrual", "ms"),
    ("booking / bare insert (target 2.5)", "accrual_ratio", "x"),
    ("booking, per entry (target 0.05)", "accrual_per_entry", "ms an entry"),
    ("booking by OCA's account_commission_oca, per line", "peer_accrual", "ms a line"),
    ("a night on which nothing came", "quiet_accrual", "ms"),
    ("audit of all of it", "commission_audit", "ms"),
    ("entries by advances, tiers, a cap and a manager besides", "every_entries", None),
    ("booking these", "every_accrual", "ms"),
    ("booking, per entry", "every_accrual_per_entry", "ms an entry"),
    ("a night on which nothing came", "quiet_every_accrual", "ms"),
    ("Settling commission", None, None),
    ("entries of one rep", "settled", None),
    ("preparing and confirming", "settle", "ms"),
    ("writing as many entries, bare", "settle_bare", "ms"),
    ("settling / writing them bare", "settle_ratio", "x"),
    ("queries, whatever the number of entries", "settle_queries", None),
    ("lines settled by OCA's account_commission_oca", "peer_settled", None),
    ("settling them by OCA's account_commission_oca", "peer_settle", "ms"),
    ("queries of OCA's account_commission_oca", "peer_settle_queries", None),
)


def run_bench(odoo):
    """Measure both sizes; the databases are dropped in the end."""
    sizes = get_sizes()
    columns = []
    try:
        for size in sizes:
            columns.append(measure_size(odoo, size))
    finally:
        for name in (PLAIN, OURS, PEER):
            odoo.drop(name)
    print_table(columns)


def get_sizes():
    """Return the numbers of customers asked for by SIZE and FACTOR."""
    try:
        size = int(setting("SIZE") or DEFAULT_SIZE)
        factor = float(setting("FACTOR") or DEFAULT_FACTOR)
    except ValueError:
        size, factor = 0, 0.0
    if size < 100 or factor <= 0:
        raise Stop(
            "SIZE is a number of customers from 100 and FACTOR how many times bigger "
            "the second ledger is: make bench SIZE=2000 FACTOR=2."
        )
    return (size,) if factor == 1 else (size, round(size * factor))


def measure_size(odoo, size):
    """Generate a ledger of ``size`` customers and return its figures."""
    base = odoo.base_template()
    with step(f"a ledger of {size:,} customers"):
        odoo.copy(base, PLAIN)
        run(
            [PYTHON, "-m", "benchmarks.generate", PLAIN, size],
            env=odoo.environment(),
            failure="The ledger could not be generated.",
        )
        run(
            [PYTHON, "-m", "benchmarks.busy", PLAIN],
            env=odoo.environment(),
            failure="The customers that owe much could not be made.",
        )
    with step("installing the application on it"):
        odoo.copy(PLAIN, OURS)
        start = time.monotonic()
        odoo.install(OURS, usual_addons(), log="bench.log")
        install = time.monotonic() - start
    with step("measuring"):
        path = log_file("bench.json")
        run(
            [PYTHON, "-m", "benchmarks.measure", OURS, PLAIN, path],
            env=odoo.environment(),
            failure="The figures could not be taken.",
        )
    figures = json.loads(path.read_text()) | {"install": install}
    env = odoo.environment()
    figures |= measure_beside_core("desk", OURS, env)
    figures |= measure_beside_core("confirm", OURS, env)
    figures |= measure_one(env, "key_figures", OURS)
    figures |= measure_peer(odoo)
    figures |= measure_reminders(odoo)
    return complete(figures | measure_settlement(odoo))


def measure_beside_core(module, name, env):
    """Return the figures a module takes on a database and on core alone in turn."""
    path = log_file(f"bench-{module}.json")
    with step(f"measuring beside core: {module}"):
        run(
            [PYTHON, "-m", f"benchmarks.{module}", name, PLAIN, path],
            env=env,
            failure=f"The figures of {module} beside core could not be taken.",
        )
    return json.loads(path.read_text())


def measure_reminders(odoo):
    """Return the figures of a night of reminders, and those of a peer."""
    with step("preparing reminders"):
        figures = measure_one(odoo.environment(), "reminders", OURS)
    env = prepare_peer(odoo, REMINDER_MODULES)
    return figures | (measure_one(env, "peer_reminders", PEER) if env else {})


def measure_settlement(odoo):
    """Return the figures of booking and settling commission, and those of a peer."""
    with step("booking and settling commission"):
        figures = measure_one(odoo.environment(), "commission", OURS)
        figures |= measure_one(odoo.environment(), "settlement", OURS)
    env = prepare_peer(odoo, COMMISSION_MODULES)
    return figures | (measure_one(env, "peer_settlement", PEER) if env else {})


def measure_one(env, module, name):
    """Return the figures a module of the benchmark takes on one database."""
    path = log_file(f"bench-{module}.json")
    failure = f"The figures of {module} could not be taken."
    run([PYTHON, "-m", f"benchmarks.{module}", name, path], env=env, failure=failure)
    return json.loads(path.read_text())


def measure_peer(odoo):
    """Return the figures of published peers; none when they cannot be had."""
    env = prepare_peer(odoo, MODULES)
    if not env:
        return {}
    figures = measure_one(env, "peers", PEER)
    confirmed = measure_beside_core("confirm", PEER, env)
    return figures | {f"peer_{name}": value for name, value in confirmed.items()}


def prepare_peer(odoo, modules):
    """Install peers on a copy of the ledger; return the environment to run them in.

    :return: None when they cannot be had
    """
    folders = get_peers(modules)
    if not folders:
        return None
    config = odoo.config.with_name(f"{PEER}.conf")
    own = odoo.config.read_text()
    path = ",".join(map(str, folders))
    config.write_text(own.replace("addons_path = ", f"addons_path = {path},"))
    env = odoo.environment() | {"ODOO_RC": str(config)}
    last = modules[-1]
    with step(f"installing {last} on the same ledger"):
        odoo.copy(PLAIN, PEER)
        command = ("-d", PEER, "-i", last, "--stop-after-init", "--no-http")
        failure = f"{last} could not be measured: leave it out with PEERS=0."
        run(odoo.command(*command), env=env, failure=failure, log="bench-peer.log")
    return env


def get_peers(modules):
    """Return the folders of the peers' addons, from the package index; or None."""
    if setting("PEERS") == "0":
        return None
    folders = [work_folder("peers", name) for name in modules]
    for name, folder in zip(modules, folders, strict=True):
        if (folder / "odoo" / "addons" / name).exists():
            continue
        # Packages of one target folder would hide each other.
        pip = [PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--target", folder]
        package = f"odoo-addon-{name.replace('_', '-')}==19.0.*"
        try:
            run([*pip, package], failure=f"no {name}", log="bench-pip.log")
        except Stop:
            say(f"  the package index has no {name}: the peers' figures are left out")
            return None
    return [folder / "odoo" / "addons" for folder in folders]


def complete(figures):
    """Add the ratios to measured figures."""
    night = figures["refresh"] + figures["score"]
    next_day = figures["next_day_refresh"] + figures["next_day_score"]
    bare = figures["open_aggregate"] + figures["receipt_aggregate"]
    return figures | {
        "night_ratio": night / bare,
        "next_day_ratio": next_day / bare,
        "past_ratio": figures["past_aging"] / figures["past_aggregate"],
        "levels_ratio": figures["levels"] / figures["past_aggregate"],
        "build_ratio": figures["build"] / figures["bare_insert"],
        "build_per_row": figures["build"] / figures["receipts"],
    }


def print_table(columns):
    """Print one line per figure, one column per size, and the growth."""
    say("")
    for label, name, unit in LINES:
        if name is None:
            say(f"\n{label}")
            continue
        if name not in columns[0]:
            continue
        cells = "".join(f"{show(column[name], unit):>16}" for column in columns)
        growth = ""
        if len(columns) == 2 and columns[0][name] and unit in (None, "s", "ms"):
            growth = f"   x {columns[1][name] / columns[0][name]:.1f}"
        say(f"  {label:<52}{cells}{growth}")


def show(value, unit):
    """Return a figure with its unit.

    >>> show(0.01234, "ms"), show(3.21, "x"), show(12345, None)
    ('12.3 ms', '3.2 x', '12,345')
    """
    if unit is None:
        return f"{value:,.0f}"
    if unit.startswith("ms"):
        digits = 1 if value > 0.001 else 3
        return f"{value * 1000:,.{digits}f} {unit}"
    return f"{value:,.1f} {unit}"
