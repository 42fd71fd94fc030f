import { registry } from "@web/core/registry";
import { RedirectWarningDialog } from "@web/core/errors/error_dialogs";

// These errors carry the way out as a button, as redirect warnings do.
for (const name of ["OrderRefused", "OrdersWait"]) {
    registry
        .category("error_dialogs")
        .add(`odoo.addons.sale_collection_hold.exceptions.${name}`, RedirectWarningDialog);
}
