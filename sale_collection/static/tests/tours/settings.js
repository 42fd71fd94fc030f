import { registry } from "@web/core/registry";

// The questions are open, the rest is behind its heading until it is looked for.
registry.category("web_tour.tours").add("sale_collection_settings", {
    steps: () => [
        {
            content: "The first question",
            trigger: "#collection_use_credit_limit",
        },
        {
            content: "The rest is folded",
            trigger: "body:not(:has(#collection_promise_grace_days:visible))",
        },
        {
            content: "Open a heading",
            trigger: ".o_collection_fold:contains(Promises)",
            run: "click",
        },
        {
            content: "Its settings",
            trigger: "#collection_promise_grace_days",
        },
        {
            content: "And no others",
            trigger: "body:not(:has(#collection_tolerance:visible))",
        },
        {
            content: "A search opens what it finds",
            trigger: ".o_searchview_input",
            run: "edit smallest units",
        },
        {
            content: "Found",
            trigger: "#collection_tolerance input",
            run: "edit 7",
        },
        {
            content: "Save it",
            trigger: ".o_form_button_save",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Saved",
            trigger: "#collection_use_credit_limit",
        },
    ],
});
