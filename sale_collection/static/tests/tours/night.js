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

// A manager looks at the nights.
registry.category("web_tour.tours").add("sale_collection_nights", {
    steps: () => [
        {
            content: "The night that failed",
            trigger: ".o_data_row:contains(Failed) .o_data_cell[name=date]",
            run: "click",
        },
        {
            content: "Its error",
            trigger: ".o_field_widget[name=phase_ids]:contains(a figure too much)",
        },
        {
            content: "The customer left out",
            trigger: ".nav-link:contains(Left out)",
            run: "click",
        },
        {
            content: "And why",
            trigger: ".o_field_widget[name=error_ids]:contains(no rate)",
        },
    ],
});

// A collector sends a statement from the profile.
registry.category("web_tour.tours").add("sale_collection_statement", {
    steps: () => [
        {
            content: "Statement",
            trigger: "button[name=action_open_statement]",
            run: "click",
        },
        {
            content: "To the finance contact",
            trigger: ".modal .o_field_widget[name=recipients]:contains(c@example.com)",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_send]",
            run: "click",
        },
        {
            content: "It is on its way",
            trigger: ".o_notification:contains(on their way)",
        },
        { content: "Gone", trigger: "body:not(:has(.modal))" },
    ],
});
