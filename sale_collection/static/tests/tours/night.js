import { registry } from "@web/core/registry";

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
            trigger: ".modal .o_field_widget[name=summary]:contains(c@example.com)",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_send]",
            run: "click",
        },
        {
            content: "To whom and until when it can be stopped",
            trigger:
                ".o_notification:contains(to c@example.com):contains(cancel it)",
        },
        { content: "Gone", trigger: "body:not(:has(.modal))" },
    ],
});
