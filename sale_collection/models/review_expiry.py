from odoo import api, fields, models


class SaleCollectionReview(models.Model):
    """Ask for a new review before the last one expires."""

    _inherit = "sale.collection.review"

    @api.model
    def _warn_expiring(self, company, today):
        """Remind the reviewers of reviews that expire soon, once each."""
        days = company.collection_review_warning_days
        reviews = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "approved"),
                ("expiry_warned", "=", False),
                ("valid_until", "<=", fields.Date.add(today, days=days)),
            ]
        )
        latest = dict(
            self.sudo()._read_group(
                [
                    ("profile_id", "in", reviews.profile_id.ids),
                    ("state", "=", "approved"),
                ],
                ["profile_id"],
                ["valid_until:max"],
            )
        )
        due = reviews.filtered(
            lambda review: review.valid_until >= latest[review.profile_id]
        )
        due._schedule_expiry()
        reviews.write({"expiry_warned": True})
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
