import { registry } from "@web/core/registry";

// The rep sees why the order waits and what would free it, and asks for release.
registry.category("web_tour.tours").add("sale_collection_hold_rep", {
    steps: () => [
        {
            content: "The order says that supply waits, and why",
            trigger: ".alert-danger:contains(Supply waits):contains(Over the credit limit)",
        },
        {
            content: "And what would free it",
            trigger: ".alert-danger:contains(What frees supply)",
        },
        {
            content: "Look at what each rule measured",
            trigger: ".alert-danger button[name=action_collection_check]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains(Over the limit) .o_field_badge:contains(Applies)",
        },
        {
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "Ask for release",
            trigger: "body:not(:has(.modal)) .alert-danger button[name=action_collection_request_release]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=body] textarea",
            run: "edit They pay on Friday",
        },
        {
            trigger: ".modal footer button[name=action_apply]:visible",
            run: "click",
        },
        {
            content: "The order says who has asked",
            trigger: "body:not(:has(.modal)) .alert-danger:contains(asked for release)",
        },
    ],
});

// The controller finds it in the list, looks at it and lets it go.
registry.category("web_tour.tours").add("sale_collection_hold_controller", {
    steps: () => [
        {
            content: "The order stands in the list, with why and what frees it",
            trigger: ".o_data_row:contains(Tour customer):contains(Over the credit limit)",
        },
        {
            content: "Open it",
            trigger: ".o_data_row:contains(Tour customer) .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            content: "The rep's words are there",
            trigger: ".o_form_view .alert:contains(They pay on Friday)",
        },
        {
            trigger: ".o_form_view button[name=action_open_release]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Agreed with sales",
        },
        {
            trigger: ".modal footer button[name=action_release]",
            run: "click",
        },
        {
            content: "Released",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_statusbar_status .o_arrow_button_current:contains(Released)",
        },
    ],
});

// The manager sees what the rules would hit, switches one on and undoes it.
registry.category("web_tour.tours").add("sale_collection_hold_manager", {
    steps: () => [
        {
            content: "What each rule would hit today",
            trigger: ".o_form_view .o_data_row:contains(Over the limit) button[name=action_switch]",
            run: "click",
        },
        {
            content: "Open orders too",
            trigger: ".modal .o_field_widget[name=mode] .o_radio_item:contains(Open orders) input",
            run: "click",
        },
        {
            content: "The order that will stop",
            trigger: ".modal .o_data_row:contains(Tour customer):contains(Stops)",
        },
        {
            trigger: ".modal footer button[name=action_switch_on]",
            run: "click",
        },
        {
            trigger: ".modal .alert-success:contains(In use since)",
        },
        {
            trigger: ".modal footer button[name=action_undo]",
            run: "click",
        },
        {
            trigger: ".modal .alert-info:contains(Undone by)",
        },
        {
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});

// Released in three clicks from the list, whoever the salesperson is.
registry.category("web_tour.tours").add("sale_collection_hold_three_clicks", {
    steps: () => [
        {
            content: "Release, on the line of the order",
            trigger:
                ".o_data_row:contains(Tour customer) button[name=action_open_release]",
            run: "click",
        },
        {
            content: "Why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Paid by cheque",
        },
        {
            trigger: ".modal footer button[name=action_release]",
            run: "click",
        },
        {
            content: "It waits no more",
            trigger: "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row:contains(Tour customer)))",
        },
    ],
});
