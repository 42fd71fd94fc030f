import { registry } from "@web/core/registry";

// From the customer: the day by one tap, the amount is there already.
registry.category("web_tour.tours").add("sale_collection_promise_rep", {
    steps: () => [
        {
            content: "Log a promise of this customer",
            trigger: "button[name=action_new_promise]",
            run: "click",
        },
        {
            content: "All that is overdue is proposed",
            trigger: ".modal .o_field_widget[name=amount] input:value(/1,?500/)",
        },
        {
            content: "It comes on Friday",
            trigger: ".modal .o_field_widget[name=date_choice] .o_selection_badge:contains(Friday)",
            run: "click",
        },
        {
            content: "Only part of it",
            trigger: ".modal .o_field_widget[name=amount] input",
            run: "edit 1200 && press Tab",
        },
        {
            content: "The rest is asked for",
            trigger: ".modal .o_field_widget[name=rest_amount]:contains(300)",
        },
        {
            content: "Confirm",
            trigger: ".modal footer button:contains(Confirm)",
            run: "click",
        },
        {
            content: "Back on the customer, which has one promise",
            trigger: "body:not(:has(.modal)) .o_form_view button[name=action_open_promises] .o_stat_value:contains(1)",
            run: "click",
        },
        {
            content: "Open it",
            trigger: ".o_list_view .o_data_row td[name=amount]:contains(1,200)",
            run: "click",
        },
        {
            content: "It is open",
            trigger: ".o_form_view .o_arrow_button_current:contains(Open)",
        },
    ],
});

// From the invoices: several customers, one date; then a plan on the form.
registry.category("web_tour.tours").add("sale_collection_promise_accountant", {
    steps: () => [
        {
            content: "Choose all invoices",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Open the actions",
            trigger: ".o_cp_action_menus button:contains(Actions)",
            run: "click",
        },
        {
            content: "Promise to pay",
            trigger: ".o-dropdown--menu .o_menu_item:contains(Promise to pay)",
            run: "click",
        },
        {
            content: "Two customers",
            trigger: ".modal .o_field_widget[name=customer_count]:contains(2)",
        },
        {
            content: "Same day for all",
            trigger: ".modal .o_field_widget[name=date] input",
            run: "edit 12/31/2099 && press Tab",
        },
        {
            content: "Confirm",
            trigger: ".modal footer button:contains(Confirm)",
            run: "click",
        },
        {
            content: "One promise each",
            trigger: ".o_list_view .o_data_row:nth-child(2) td[name=amount]",
            run: "click",
        },
        {
            content: "It names the invoices",
            trigger: ".o_form_view .o_field_widget[name=allocation_ids] .o_data_row",
        },
        {
            content: "New promise as a plan",
            trigger: ".o_form_button_create",
            run: "click",
        },
        {
            content: "Choose the customer",
            trigger: ".o_field_widget[name=profile_id] input",
            run: "edit Tour customer",
        },
        {
            content: "Take the customer",
            trigger: ".o-autocomplete--dropdown-item a:contains(Tour customer)",
            run: "click",
        },
        {
            content: "A plan",
            trigger: ".o_field_widget[name=kind] label:contains(Payment plan)",
            run: "click",
        },
        {
            content: "From when on",
            trigger: ".o_field_widget[name=first_date] input",
            run: "edit 01/31/2099 && press Escape",
        },
        {
            content: "Look at the payments",
            trigger: ".o_form_view .nav-link:contains(Payments)",
            run: "click",
        },
        {
            content: "Three payments that sum up",
            trigger: ".o_field_widget[name=plan_line_ids] .o_data_row:nth-child(3)",
        },
        {
            content: "The new plan replaces the promise",
            trigger: ".o_field_widget[name=warning]:contains(Replaces)",
        },
        {
            content: "Confirm",
            trigger: "button[name=action_open]",
            run: "click",
        },
        {
            content: "It is open",
            trigger: ".o_form_view .o_arrow_button_current:contains(Open)",
        },
    ],
});
