import { registry } from "@web/core/registry";

// A rep looks up what to collect first.
registry.category("web_tour.tours").add("sale_collection_my_commission", {
    steps: () => [
        {
            content: "What open invoices bring",
            trigger: ".o_field_widget[name=body]:contains(To come from open invoices)",
        },
        {
            content: "The invoice to collect first, one tap away",
            trigger: ".o_field_widget[name=body] table[name=chase] a[href*='account.move']",
        },
    ],
});

// What one invoice is worth stays behind a tap.
registry.category("web_tour.tours").add("sale_collection_invoice_commission", {
    steps: () => [
        {
            content: "Nothing shows before a tap",
            trigger: "button[name=action_open_commission]",
            run: "click",
        },
        {
            content: "The sentence",
            trigger: ".modal .o_field_widget[name=body]:contains(worth)",
        },
        { content: "Close", trigger: ".modal footer button", run: "click" },
        { content: "Gone", trigger: "body:not(:has(.modal))" },
    ],
});
