import { Interaction } from "@web/public/interaction";
import { pyToJsLocale } from "@web/core/l10n/utils/locales";
import { registry } from "@web/core/registry";

/** Says on the button what is paid: what is ticked, or less if an amount is given. */
export class OpenItems extends Interaction {
    static selector = ".o_collection_block";
    dynamicContent = {
        "input[name='line'], input[name='amount']": { "t-on-input": () => this.update() },
    };

    setup() {
        this.sum = this.el.querySelector(".o_collection_sum");
    }

    start() {
        this.update();
    }

    update() {
        if (!this.sum) {
            return;
        }
        const lines = [...this.el.querySelectorAll("input[name='line']")];
        const ticked = lines.filter((line) => line.checked);
        const total = (ticked.length ? ticked : lines).reduce(
            (sum, line) => sum + parseFloat(line.dataset.open),
            0
        );
        const part = parseFloat(this.el.querySelector("input[name='amount']").value);
        const amount = part > 0 ? Math.min(part, total) : total;
        const decimals = parseInt(this.el.dataset.decimals);
        const locale = pyToJsLocale(document.documentElement.lang) || undefined;
        this.sum.textContent = new Intl.NumberFormat(locale, {
            style: "currency",
            currency: this.el.dataset.currency,
            minimumFractionDigits: decimals,
            maximumFractionDigits: decimals,
        }).format(amount);
    }
}

registry.category("public.interactions").add("sale_collection_portal.open_items", OpenItems);
