import { registry } from "@web/core/registry";

const badge = (name, label) =>
    `.modal .o_field_widget[name=${name}] :contains(/^${label}$/)`;

// A rep on the phone: whom to see, then what came of it.
registry.category("web_tour.tours").add("sale_collection_field_visit", {
    steps: () => [
        {
            content: "Whom to see, where and what is due",
            trigger: ".o_kanban_record:contains(Leeds):contains(1,000.00):contains(09:30)",
        },
        {
            content: "Tap to call",
            trigger: ".o_kanban_record a[href^='tel:']",
        },
        {
            content: "The way there",
            trigger: ".o_kanban_record a[href*='High%20Street']",
        },
        {
            content: "Log contact",
            trigger: ".o_kanban_record:contains(Customer) button[name=action_log_contact]",
            run: "click",
        },
        { content: "Promised", trigger: badge("result", "Promised"), run: "click" },
        { content: "Friday", trigger: badge("date_chip", "Friday"), run: "click" },
        {
            content: "We collect",
            trigger: ".modal .o_field_widget[name=mode] label:contains(We collect)",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".modal footer button[name=action_save]",
            run: "click",
        },
        {
            content: "It is seen",
            trigger: "body:not(:has(.modal)) .o_kanban_record:contains(Seen)",
        },
    ],
});
