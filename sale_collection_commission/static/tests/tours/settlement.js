import { registry } from "@web/core/registry";

// A manager settles the last month: prepare, adjust, confirm, pay.
registry.category("web_tour.tours").add("sale_collection_settlement_manager", {
    steps: () => [
        {
            content: "The month that is over is proposed",
            trigger: ".modal .o_field_widget[name=date_from]",
        },
        {
            content: "Prepare",
            trigger: ".modal footer button[name=action_prepare]",
            run: "click",
        },
        {
            content: "A draft that says what is earned",
            trigger: ".o_form_view .o_field_widget[name=amount_payable]:contains(100.00)",
        },
        {
            content: "Something is uncertain",
            trigger: ".alert:contains(commission at stake)",
        },
        {
            content: "See what",
            trigger: ".o_notebook .nav-link[name=doubts]",
            run: "click",
        },
        {
            content: "The bank line",
            trigger: ".o_field_widget[name=doubt_ids] td:contains(Bank line not matched)",
        },
        {
            content: "Adjustments",
            trigger: ".o_notebook .nav-link[name=lines]",
            run: "click",
        },
        {
            content: "Add one",
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "With its reason",
            trigger: ".o_field_widget[name=line_ids] .o_selected_row [name=name] input",
            run: "edit Fair in March",
        },
        {
            content: "And its amount",
            trigger: ".o_field_widget[name=line_ids] .o_selected_row [name=amount] input",
            run: "edit 20 && press Tab",
        },
        {
            content: "Confirm",
            trigger: ".o_statusbar_buttons button[name=action_confirm]",
            run: "click",
        },
        {
            content: "All the same",
            trigger: ".modal:contains(uncertain) footer .btn-primary",
            run: "click",
        },
        {
            content: "It has a number",
            trigger: ".o_form_view h1:contains(COM/)",
        },
        {
            content: "The adjustment is in",
            trigger: ".o_field_widget[name=amount_payable]:contains(120.00)",
        },
        {
            content: "Mark as paid",
            trigger: ".o_statusbar_buttons button:contains(Mark as paid)",
            run: "click",
        },
        {
            content: "Today",
            trigger: ".modal footer button[name=action_pay]",
            run: "click",
        },
        {
            content: "Paid",
            trigger: "body:not(:has(.modal)) .o_arrow_button_current:contains(Paid)",
        },
    ],
});

// A rep looks at his settlement, asks about a line and accepts.
registry.category("web_tour.tours").add("sale_collection_settlement_rep", {
    steps: () => [
        {
            content: "Only one's own",
            trigger: ".o_list_view .o_data_row:only-child td[name=name]:contains(COM/)",
            run: "click",
        },
        {
            content: "What is not in it",
            trigger: "button[name=action_open_missing]",
            run: "click",
        },
        {
            content: "An open invoice, and why",
            trigger: ".o_list_view .o_group_header:contains(Overdue, not paid)",
        },
        {
            content: "Back",
            trigger: ".o_breadcrumb a:contains(COM/)",
            run: "click",
        },
        {
            content: "Ask about a line",
            trigger: ".o_statusbar_buttons button:contains(Ask about a line)",
            run: "click",
        },
        {
            content: "The question",
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit Why not more?",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_ask]",
            run: "click",
        },
        {
            content: "It is open",
            trigger: "body:not(:has(.modal)) button[name=action_open_questions] .o_stat_value:contains(1)",
        },
        {
            content: "Accept all the same",
            trigger: ".o_statusbar_buttons button[name=action_accept]",
            run: "click",
        },
        {
            content: "Accepted",
            trigger: ".o_field_widget[name=rep_state]:contains(Accepted)",
        },
    ],
});

// A month of all reps in four clicks.
registry.category("web_tour.tours").add("sale_collection_settlement_four_clicks", {
    steps: () => [
        {
            content: "Settle a period",
            trigger: ".o_control_panel button:contains(Settle a period)",
            run: "click",
        },
        {
            content: "The month that is over",
            trigger: ".modal footer button[name=action_prepare]",
            run: "click",
        },
        {
            content: "All drafts",
            trigger: "body:not(:has(.modal)) .o_list_view .o_data_row + .o_data_row",
        },
        {
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_confirm]",
            run: "click",
        },
        {
            content: "They have numbers",
            trigger: ".o_list_view .o_data_row:contains(COM/) + .o_data_row:contains(COM/)",
        },
    ],
});
