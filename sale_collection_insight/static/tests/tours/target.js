import { registry } from "@web/core/registry";

// A rep: the gap, whom to ask for what, and the talk.
registry.category("web_tour.tours").add("sale_collection_insight_gap", {
    steps: () => [
        {
            content: "The target",
            trigger: ".o_data_row .o_data_cell[name=gap_expected]:contains(100,000)",
        },
        {
            content: "Open it",
            trigger: ".o_data_row .o_data_cell[name=due]",
            run: "click",
        },
        {
            content: "The gap against what is promised",
            trigger: ".o_form_view .o_field_widget[name=gap_promised]:contains(100,000)",
        },
        {
            content: "What to ask for",
            trigger: ".o_data_row:contains(Customer) .o_data_cell[name=ask_amount]:contains(100,000)",
        },
        {
            content: "Log contact",
            trigger: ".o_data_row button[name=action_log_contact]",
            run: "click",
        },
        {
            content: "The dialog of a talk",
            trigger: ".modal .o_field_widget[name=result]",
        },
        {
            content: "No answer, again tomorrow",
            trigger: ".modal footer button[name=action_no_answer_tomorrow]",
            run: "click",
        },
        {
            content: "Back on the target",
            trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=gap_promised]",
        },
    ],
});

// A manager: two rates in a pivot, and what they mean.
registry.category("web_tour.tours").add("sale_collection_insight_rates", {
    steps: () => [
        {
            content: "Money by the end of the month on what fell due in it",
            trigger: ".o_pivot table:contains(75.0):contains(70.0)",
        },
        {
            content: "In words",
            trigger: ".o_collection_legend:contains(Sales collection rate):contains(with tax)",
        },
        {
            content: "As a line",
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "In words as well",
            trigger: ".o_graph_renderer .o_collection_legend:contains(Due collection rate)",
        },
    ],
});

// A manager: reps add up to teams and the company.
registry.category("web_tour.tours").add("sale_collection_insight_total", {
    steps: () => [
        {
            content: "Totals",
            trigger: ".o_control_panel button:contains(Totals)",
            run: "click",
        },
        {
            content: "The total",
            trigger: ".o_pivot table:contains(300,000):contains(100,000)",
        },
        {
            content: "In words",
            trigger: ".o_collection_legend:contains(Gap against expected)",
        },
    ],
});
