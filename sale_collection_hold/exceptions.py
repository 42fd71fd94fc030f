from odoo.exceptions import UserError


class OrderRefused(UserError):
    """Orders the supply rules refuse; the web client offers the way out as a button.

    Same arguments as a redirect warning, but an error to everybody else.
    """

    def __init__(self, message, action=None, button=None, context=None):
        super().__init__(message)
        self.args = (message, action, button, context)

    def __str__(self):
        return self.args[0]


class OrdersWait(OrderRefused):
    """Orders wait for a release: what keeps them back is not uninstalled."""
