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
