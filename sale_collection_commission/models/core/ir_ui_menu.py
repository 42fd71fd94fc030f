from odoo import api, models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    @api.model
    def load_menus(self, debug):
        # OVERRIDE base: commission is no matter of people who have nothing to do with
        # it. Asked outside the cache of menus: a plan may name a user any day.
        menus = super().load_menus(debug)
        head = self.env.ref(
            "sale_collection_commission.commission_menu", raise_if_not_found=False
        )
        if not head or head.id not in menus or self.env.user._has_commission():
            return menus
        return _cut_menu(menus, head.id)


def _cut_menu(menus, menu_id):
    """Return the menus without one and what is below it.

    >>> menus = {1: {"children": [2, 4]}, 2: {"children": [3]}}
    >>> menus |= {3: {"children": []}, 4: {"children": []}}
    >>> _cut_menu(menus, 2)
    {1: {'children': [4]}, 4: {'children': []}}
    """
    below, gone = [menu_id], set()
    while below:
        gone.add(menu := below.pop())
        below += menus[menu]["children"]
    return {
        own: {
            **values,
            "children": [one for one in values["children"] if one not in gone],
        }
        for own, values in menus.items()
        if own not in gone
    }
