import { registry } from "@web/core/registry";

const badge = (name, label) =>
    `.modal .o_field_widget[name=${name}] :contains(/^${label}$/)`;

// From the page of a customer: a talk with a promise in four clicks.
registry.category("web_tour.tours").add("sale_collection_page_promise", {
    steps: () => [
        {
            content: "What is open stands on the first tab",
            trigger: ".o_field_widget[name=open_item_ids] .o_data_row:contains(1,000.00)",
        },
        { content: "1", trigger: "button[name=action_log_contact]", run: "click" },
        { content: "2", trigger: badge("result", "Promised"), run: "click" },
        { content: "3", trigger: badge("date_chip", "Friday"), run: "click" },
        {
            content: "4",
            trigger: ".modal footer button[name=action_save]",
            run: "click",
        },
        { content: "Done", trigger: "body:not(:has(.modal))" },
        {
            content: "The day promised stands beside the instalment",
            trigger: ".o_field_widget[name=open_item_ids] td[name=date_promised]:contains(/\\d/)",
        },
        {
            content: "And the talk among the last ones",
            trigger: ".o_field_widget[name=recent_contact_ids] .o_data_row:contains(Promised)",
        },
    ],
});

// From the page of a customer: a statement is on its way after two clicks.
registry.category("web_tour.tours").add("sale_collection_page_statement", {
    steps: () => [
        { content: "1", trigger: "button[name=action_open_statement]", run: "click" },
        {
            content: "2",
            trigger: ".modal footer button[name=action_send]",
            run: "click",
        },
        { content: "Said", trigger: ".o_notification:contains(It leaves in 2 minutes)" },
    ],
});

// One instalment ticked: a dispute over it alone. Then the tabs are read when opened.
registry.category("web_tour.tours").add("sale_collection_page_tick", {
    steps: () => [
        {
            content: "Nothing is ticked yet",
            trigger: ".o_field_widget[name=open_item_ids] button[name=action_dispute]:disabled",
        },
        {
            content: "Tick the first",
            trigger:
                ".o_field_widget[name=open_item_ids] .o_data_row:first .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Dispute",
            trigger: ".o_field_widget[name=open_item_ids] button[name=action_dispute]:enabled",
            run: "click",
        },
        {
            content: "It is the one ticked",
            trigger: ".modal .o_field_widget[name=line_ids]:has(.o_data_row):not(:has(.o_data_row ~ .o_data_row))",
        },
        {
            content: "Not now",
            trigger: ".modal footer button.o_form_button_cancel, .modal .btn-close",
            run: "click",
        },
        {
            content: "Timeline",
            trigger: ".o_notebook .nav-link[name=timeline]",
            run: "click",
        },
        {
            content: "It is there",
            trigger: ".o_notebook .tab-pane td:contains(1,000.00)",
        },
        {
            content: "Grade",
            trigger: ".o_notebook .nav-link[name=behaviour]",
            run: "click",
        },
        { content: "Its history", trigger: "button[name=action_open_scores]" },
    ],
});
