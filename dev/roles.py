"""The users of the demo company and of the tests from outside, one for each role."""

from typing import NamedTuple


class Role(NamedTuple):
    """One user: login (also the password), name, and groups."""

    login: str
    name: str
    groups: tuple
    does: str


ROLES = (
    Role(
        "rep",
        "Rita Rep",
        ("sales_team.group_sale_salesman", "sale_collection.group_user"),
        "sells, collects from own customers",
    ),
    Role(
        "collector",
        "Colin Collector",
        ("sale_collection.group_all_customers",),
        "collects from every customer",
    ),
    Role(
        "accountant",
        "Ada Accountant",
        ("account.group_account_invoice",),
        "books invoices and payments",
    ),
    Role(
        "controller",
        "Cora Controller",
        ("sale_collection.group_credit_controller",),
        "decides on limits, terms, grades and held orders",
    ),
    Role(
        "manager",
        "Max Manager",
        ("sale_collection.group_manager", "sales_team.group_sale_manager"),
        "tunes scorecards, rules, reminder plans and commission",
    ),
)
