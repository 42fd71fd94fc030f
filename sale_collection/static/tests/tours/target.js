import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("sale_collection_progress", {
    steps: () => [
        {
            content: "A quarter of the target is collected",
            trigger: ".o_collection_progress:contains(25 %):contains(collected) button",
            run: "click",
        },
        {
            content: "The target",
            trigger: ".o_form_view .o_field_widget[name=amount]:contains(400.00)",
        },
    ],
});
