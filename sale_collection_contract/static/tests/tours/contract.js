import { registry } from "@web/core/registry";

// A rep: the plan of an order from its payment terms, a part more, and what is open.
registry.category("web_tour.tours").add("sale_collection_contract_plan", {
    steps: () => [
        {
            content: "The plan of the order",
            trigger: ".o_notebook a.nav-link:contains(Collection plan)",
            run: "click",
        },
        {
            content: "From its payment terms",
            trigger: "button[name=action_plan_from_terms]",
            run: "click",
        },
        {
            content: "30 % are invoiced and paid",
            trigger: ".o_data_row:contains(Instalment 1):contains(300.00):contains(Collected)",
        },
        {
            content: "60 % on delivery",
            trigger: ".o_data_row:contains(Instalment 2) [name=percent]",
            run: "click",
        },
        {
            content: "Its part",
            trigger: ".o_selected_row [name=percent] input",
            run: "edit 60 && press Tab",
        },
        {
            content: "What is left",
            trigger: "[name=collection_contract_note]:contains(Not planned)",
        },
        {
            content: "One part more",
            trigger: "[name=collection_contract_line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Its name",
            trigger: ".o_selected_row [name=name] input",
            run: "edit Retention",
        },
        {
            content: "Its part",
            trigger: ".o_selected_row [name=percent] input",
            run: "edit 20",
        },
        {
            content: "It does not fit",
            trigger: ".o_selected_row [name=name] input",
            run: "click",
        },
        {
            content: "In words",
            trigger: ".alert-warning [name=collection_contract_note]:contains(110.00 % of 100 %)",
        },
        {
            content: "Less",
            trigger: ".o_selected_row [name=percent] input",
            run: "edit 10",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "All is planned",
            trigger: ".o_form_saved .o_data_row:contains(Retention):contains(100.00)",
        },
    ],
});
