from unittest.mock import patch

import psycopg2

from odoo.tests import TransactionCase, tagged

from ...models.core.transaction import (
    commit_batch,
    do_all_or_each,
    own_transaction,
    owns_transaction,
    savepoint,
)
from ..common import CollectionCommon

KEY = "ir_cron_progress" + "_id"


@tagged("post_install", "-at_install")
class TestTransaction(TransactionCase):
    def test_only_its_owner_commits(self):
        self.assertEqual(commit_batch(self.env), float("inf"))
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress") as commit,
            own_transaction(self.env),
        ):
            commit_batch(self.env, 2, remaining=5)
            commit.assert_called_once_with(2, remaining=5)
            with savepoint(self.env):
                commit_batch(self.env)
                self.assertFalse(owns_transaction(self.env))
            self.assertTrue(owns_transaction(self.env))
            commit.assert_called_once()
        self.assertFalse(owns_transaction(self.env))

    def do(self, items, broken=()):
        """Do items that are noted in the name of a partner; some are broken."""
        partner = self.env["res.partner"].create({"name": "-"})
        failed = []

        def write(items):
            for item in items:
                partner.name += str(item)
                if item in broken:
                    raise ZeroDivisionError(item)
            return len(items)

        done = do_all_or_each(
            self.env,
            items,
            write,
            lambda items, error: failed.append((items, error.args[0])),
        )
        return done, failed, partner.name

    def test_all_or_each(self):
        cases = [
            ("all", [1, 2], (), [([1, 2], 2)], [], "-12"),
            (
                "one broken",
                [1, 2, 3, 4],
                (3,),
                [([1, 2], 2), ([4], 1)],
                [([3], 3)],
                "-124",
            ),
            ("all broken", [1, 2], (1, 2), [], [([1], 1), ([2], 2)], "-"),
            ("nothing", [], (), [([], 0)], [], "-"),
        ]
        for name, items, broken, *expected in cases:
            with self.subTest(name):
                self.assertEqual(list(self.do(items, broken)), expected)

    def test_a_conflict_is_left_to_the_caller(self):
        calls = []

        def clash(items):
            calls.append(items)
            raise psycopg2.errors.SerializationFailure("somebody was faster")

        with self.assertRaises(psycopg2.errors.SerializationFailure):
            do_all_or_each(self.env, [1, 2], clash, None)
        self.assertEqual(calls, [[1, 2]])


@tagged("post_install", "-at_install")
class TestContextCommitsNothing(CollectionCommon):
    """A client sends whatever context it likes."""

    def setUp(self):
        super().setUp()
        # the cursor of tests refuses them anyway: count instead
        self.commits = []
        self.patch(
            self.registry["ir.cron"],
            "_commit_progress",
            lambda *args, **values: self.commits.append(values) or float("inf"),
        )
        self.pay(self.create_invoice())
        self.env.cr.flush()

    def test_refresh_and_grades_and_night(self):
        profile = self.env["sale.collection.profile"].with_context(**{KEY: 7})
        profile._refresh()
        profile._refresh_touched(self.customer)
        self.env["sale.collection.run"].with_context(**{KEY: 7}).action_run_now()
        self.assertEqual(self.commits, [])

    def test_the_queue_commits_between_batches_only(self):
        queue = self.env["sale.collection.queue"].sudo()
        self.assertTrue(queue.search_count([]))
        with self.assertNoLogs("odoo.addons.sale_collection", "ERROR"):
            queue.with_context(**{KEY: 7})._cron_process()
        self.assertFalse(queue.search_count([]))
        # once for the length of the queue, once for the only batch
        self.assertEqual(len(self.commits), 2)


@tagged("post_install", "-at_install")
class TestQueueOfTheScheduler(CollectionCommon):
    def test_a_real_change_is_processed_without_error(self):
        invoice = self.create_invoice()
        profile = self.env["sale.collection.profile"].sudo()._for(self.customer)
        self.pay(invoice, 400)
        self.env.cr.flush()
        self.assertEqual(profile.amount_open, 0)
        cron = self.env.ref("sale_collection.cron_queue")
        with (
            self.enter_registry_test_mode(),
            self.assertNoLogs("odoo", "ERROR"),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(profile.amount_open, 600)
        self.assertFalse(self.env["sale.collection.queue"].sudo().search_count([]))
