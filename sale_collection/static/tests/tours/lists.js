import { registry } from "@web/core/registry";

// Two dollars in one list are told apart, one alone is not.
registry.category("web_tour.tours").add("sale_collection_list_currency", {
    steps: () => [
        {
            content: "American",
            trigger: ".o_data_row:contains(OWN1) td[name=amount]:contains($):contains(USD)",
        },
        {
            content: "Canadian",
            trigger: ".o_data_row:contains(FOREIGN1) td[name=amount]:contains($):contains(CAD)",
        },
        {
            content: "A sign of its own needs no code",
            trigger: ".o_data_row:contains(EURO1) td[name=amount]:not(:contains(EUR))",
        },
    ],
});

// What the figures of a report mean is said below them.
registry.category("web_tour.tours").add("sale_collection_words", {
    steps: () => [
        {
            content: "1,000 and 500 are late",
            trigger: ".o_pivot table:contains(1,500)",
        },
        {
            content: "In words",
            trigger: ".o_collection_legend:contains(Late amount: Open and overdue today)",
        },
        {
            content: "As bars",
            trigger: ".o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "The one of the bars",
            trigger: ".o_graph_renderer .o_collection_legend:contains(Amount x days:)",
        },
    ],
});
