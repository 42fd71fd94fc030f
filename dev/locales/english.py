"""Harbour Trading, the made-up company that speaks English."""

from .locale import Locale

ENGLISH = Locale(
    code="en_US",
    country="us",
    chart="generic_coa",
    chart_module=None,
    currency="USD",
    foreign_currency="CAD",
    factor=1,
    time_zone="America/New_York",
    hour=14,
    company={
        "name": "Harbour Trading",
        "street": "1 Sample Quay",
        "city": "Port Exemplar",
        "zip": "00001",
        "phone": "+1 202 555 0199",
        "email": "accounts@harbour-trading.example",
    },
    bank_account="DEMO 0000 0000 0001",
    users={
        "rep": "Rita Rep",
        "rep2": "Rob Rep",
        "rep3": "Rosa Rep",
        "collector": "Colin Collector",
        "accountant": "Ada Accountant",
        "controller": "Cora Controller",
        "manager": "Max Manager",
    },
    firsts=tuple(
        "Amber Birch Cedar Delta Elm Falcon Granite Harbour Iris Juniper Kestrel "
        "Linden Maple North Orchard Pine Quarry River Summit Timber".split()
    ),
    seconds=("Foods", "Hardware", "Textiles", "Tools", "Paper", "Glass"),
    name="{first} {second}",
    given=tuple(
        "Ann Ben Carla Dan Ella Finn Grace Hugo Ines Jack Kate Leo Mona Ned Olive "
        "Paul Rose Sam Tess Vera".split()
    ),
    family=tuple(
        "Ashfield Brookes Copper Dale Easton Fenwick Glover Hayward Inglewood Joiner "
        "Kettle Lark Mercer Norland Oakes Pepper Redfern".split()
    ),
    person="{given} {family}",
    streets=(
        "{number} Sample Street",
        "{number} Lantern Row",
        "{number} Placeholder Avenue",
        "{number} Old Mill Lane",
        "{number} Specimen Square",
    ),
    cities=("Exampleton", "Millbrook Falls", "Port Exemplar", "Demoville", "Northby"),
    # 555-0100 to 555-0199 are kept for fiction.
    phones=(
        "+1 202 555 01{line:02}",
        "+1 303 555 01{line:02}",
        "+1 404 555 01{line:02}",
    ),
    goods=(
        "Rice and oils, mixed pallet",
        "Hinges and locks, box of 200",
        "Cotton cloth, 50 rolls",
        "Hand tools, assorted case",
        "Copy paper, 120 reams",
        "Float glass, 40 panes",
    ),
    words=None,
)
