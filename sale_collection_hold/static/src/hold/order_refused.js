import { registry } from "@web/core/registry";
import { RedirectWarningDialog } from "@web/core/errors/error_dialogs";

// The error carries the way out as a button, as redirect warnings do.
registry
    .category("error_dialogs")
    .add("odoo.addons.sale_collection_hold.exceptions.OrderRefused", RedirectWarningDialog);
