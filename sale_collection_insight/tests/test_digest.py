from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .test_key_figures import TODAY, KeyFiguresCommon

COLLECTED = "kpi_collection_collected"
OVERDUE = "kpi_collection_overdue"
UNKEPT = "kpi_collection_unkept"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDigest(KeyFiguresCommon):
    """The tiles of the digest have the values of the screens they open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digest = cls.env["digest.digest"].create(
            {
                "name": "Weekly",
                "company_id": cls.company.id,
                "user_ids": [Command.link(cls.manager.id)],
                COLLECTED: True,
                OVERDUE: True,
                UNKEPT: True,
            }
        )

    def read_tiles(self, start, end, user=None, digest=None):
        self.env.flush_all()
        self.env.invalidate_all()
        digest = (digest or self.digest).with_user(user or self.manager)
        digest = digest.with_context(
            start_datetime=datetime.fromisoformat(start),
            end_datetime=datetime.fromisoformat(end),
        )
        return [digest[f"{name}_value"] for name in (COLLECTED, OVERDUE, UNKEPT)]

    def test_values(self):
        self.promise("2026-04-20", "broken")
        self.promise("2026-04-20", "partial")
        self.promise("2026-04-20", "kept")
        # Over is the grace of three days on the 24th.
        self.assertEqual(self.read_tiles("2026-04-22", "2026-04-29"), [30, 100, 2])
        self.assertEqual(self.read_tiles("2026-04-15", "2026-04-22"), [320, 130, 0])
        self.assertEqual(self.read_tiles("2026-04-24", "2026-04-25"), [0, 130, 0])

    def test_overdue_of_today_is_that_of_the_page(self):
        [overdue] = [
            figure.value
            for figure in self.page.with_user(self.manager)._collect_figures(
                self.page._get_period(None)
            )
            if figure.kind.code == "overdue"
        ]
        found = self.read_tiles("2026-05-11 09:00:00", "2026-05-12 09:00:00")
        self.assertEqual(found[1], overdue)

    def test_of_its_company_alone(self):
        other = self.setup_other_company(name="Sister")["company"]
        self.manager.company_ids += other
        digest = self.digest.copy({"company_id": other.id})
        self.assertEqual(
            self.read_tiles("2026-04-01", "2026-04-30", digest=digest), [0, 0, 0]
        )
        general = self.digest.copy({"company_id": False})
        self.assertEqual(
            self.read_tiles("2026-04-01", "2026-04-30", digest=general)[:2], [350, 100]
        )
        stranger = self.new_user("stranger", "sale_collection.group_manager")
        with self.assertRaises(AccessError):
            self.read_tiles("2026-04-01", "2026-04-30", stranger, digest)

    def test_mail_of_who_may_see_it(self):
        self.env.flush_all()
        tiles = self.digest._compute_kpis(self.company, self.manager)
        self.assertEqual(
            {tile["kpi_name"] for tile in tiles}, {COLLECTED, OVERDUE, UNKEPT}
        )
        for tile in tiles:
            action = tile["kpi_action"].partition("?")[0]
            self.assertEqual(self.env.ref(action)._name, "ir.actions.act_window")
        rep = self.new_user("digest rep", "sale_collection.group_user")
        self.assertEqual(self.digest._compute_kpis(self.company, rep), [])
        reader = self.new_user("digest reader", "account.group_account_readonly")
        self.assertEqual(len(self.digest._compute_kpis(self.company, reader)), 3)
