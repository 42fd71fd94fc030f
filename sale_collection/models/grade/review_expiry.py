from odoo import api, fields, models


class SaleCollectionReview(models.Model):
    """Ask for a new review before the last one expires."""

    _inherit = "sale.collection.review"

    @api.model
    def _get_expiring(self, company, today):
        """Return the reviews that expire soon and whose reviewers do not know."""
        days = company.collection_review_warning_days
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "approved"),
                ("expiry_warned", "=", False),
                ("valid_until", "<=", fields.Date.add(today, days=days)),
            ]
        )

    def _warn_expiring(self):
        """Remind the reviewers, once each, unless there is a later review already.

        :return: number of reviewers reminded
        """
        latest = dict(
            self.sudo()._read_group(
                [
                    ("profile_id", "in", self.profile_id.ids),
                    ("state", "=", "approved"),
                ],
                ["profile_id"],
                ["valid_until:max"],
            )
        )
        due = self.filtered(
            lambda review: review.valid_until >= latest[review.profile_id]
        )
        due._schedule_expiry()
        self.write({"expiry_warned": True})
        return len(due)

    def _schedule_expiry(self):
        """Ask the reviewers for a new review by the last day of this one."""
        quiet = self.with_context(mail_activity_quick_update=True)
        groups = quiet.grouped(lambda review: (review.user_id, review.valid_until))
        for (user, until), reviews in groups.items():
            reviews.activity_schedule(
                "sale_collection.activity_review_expires",
                date_deadline=until,
                user_id=user.id,
            )
