from odoo.tests import HttpCase, tagged

from .test_rate import RateCommon
from .test_target_gap import GapCommon


@tagged("post_install", "-at_install")
class TestTargetTour(GapCommon, HttpCase):
    """A rep finds the gap and whom to ask; a manager finds the total."""

    def setUp(self):
        super().setUp()
        self.promise_it()

    def test_rep_finds_the_gap_and_asks(self):
        self.start_tour(
            "/odoo/collection-targets", "sale_collection_insight_gap", login="gap_rep"
        )

    def test_manager_finds_the_total(self):
        self.new_users("gap", boss="sale_collection.group_manager")
        self.start_tour(
            "/odoo/collection-targets",
            "sale_collection_insight_total",
            login="gap_boss",
        )


@tagged("post_install", "-at_install")
class TestRateTour(RateCommon, HttpCase):
    def test_manager_reads_rates(self):
        self.new_users("rate", boss="sale_collection.group_manager")
        self.start_tour(
            "/odoo/collection-rates", "sale_collection_insight_rates", login="rate_boss"
        )
