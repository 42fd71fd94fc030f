"""The clock of the demo company: its past is lived day by day, through the product.

A story is a generator that yields how many days before today it goes on. All of them
are resumed in the order of the days, with the clock set to that day, so promises are
given before the money comes and nights judge what they would have known then.
"""

import heapq
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from unittest.mock import patch

import freezegun.api
from freezegun import freeze_time

from odoo.fields import Datetime
from odoo.sql_db import Cursor

from odoo.addons.base.models.ir_mail_server import IrMail_Server


def last_working_day(day):
    """Return ``day``, or the Friday before it."""
    return day - timedelta(days=max(0, day.weekday() - 4))


class Diary:
    """Sets the clock to the days of the past, one after the other."""

    def __init__(self, env, today, hour):
        self.env = env
        self.today = today
        self.hour = hour
        self.clock = None

    @contextmanager
    def open(self, ago):
        """Live in the past from ``ago`` days before today on; no mail leaves."""
        start = self._moment(self.find_day(ago))
        with (
            freeze_time(start, tick=True) as self.clock,
            # Times of records are those of their transactions, which no one froze.
            patch.object(Cursor, "now", lambda cursor: Datetime.now()),
            patch.object(IrMail_Server, "_connect__", lambda *args, **kwargs: None),
            patch.object(IrMail_Server, "send_email", _swallow),
        ):
            yield

    def find_day(self, ago):
        """Return the day so many days before today; never a weekend."""
        return last_working_day(self.today - timedelta(days=ago))

    def live(self, stories):
        """Tell stories day by day; what is done on a day is kept."""
        waiting = []
        for place, story in enumerate(stories):
            _wait(waiting, self, place, story)
        while waiting:
            day, place, story = heapq.heappop(waiting)
            self._turn_to(day)
            _wait(waiting, self, place, story)
            if not waiting or waiting[0][0] != day:
                self.env.flush_all()
                self.env.cr.commit()
                # What was read on one day slows down the next.
                self.env.invalidate_all()

    def _turn_to(self, day):
        """Set the clock to a day unless it is that day already."""
        if day != self.clock().date():
            self.clock.time_to_freeze = self._moment(day)
            self.clock.start = freezegun.api.real_datetime.now()

    def _moment(self, day):
        return datetime.combine(day, time(self.hour))


def _wait(waiting, diary, place, story):
    """Resume a story, and note when it goes on."""
    for ago in story:
        heapq.heappush(waiting, (diary.find_day(ago), place, story))
        return


def _swallow(server, message, *args, **kwargs):
    """Say that a mail was sent; it was not."""
    return message["Message-Id"]
