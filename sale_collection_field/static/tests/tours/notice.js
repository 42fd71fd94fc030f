import { registry } from "@web/core/registry";

// A rep on the phone: from Today to the notice.
registry.category("web_tour.tours").add("sale_collection_field_notice", {
    steps: () => [
        {
            content: "Report a payment",
            trigger: ".o_kanban_record:contains(Customer) button[name=action_new_notice]",
            run: "click",
        },
        {
            content: "What is overdue is proposed",
            trigger: ".modal .o_field_widget[name=amount] input:value(1,000.00)",
        },
        {
            content: "Its invoice",
            trigger: ".modal .o_field_widget[name=line_ids]:contains(INV)",
        },
        {
            content: "A cheque",
            trigger: ".modal .o_field_widget[name=payment_form] span:contains(Cheque)",
            run: "click",
        },
        {
            content: "Its number",
            trigger: ".modal .o_field_widget[name=number] input",
            run: "edit CH 17",
        },
        {
            content: "Save",
            trigger: ".modal button[name=action_report]",
            run: "click",
        },
        {
            content: "Back on Today",
            trigger: "body:not(:has(.modal)) .o_kanban_view",
        },
    ],
});

// An accountant: what waits, and core's dialog filled in.
registry.category("web_tour.tours").add("sale_collection_field_confirm", {
    steps: () => [
        {
            content: "Book it",
            trigger: ".o_data_row:contains(CH 17) button[name=action_register_payment]",
            run: "click",
        },
        {
            content: "The amount is there",
            trigger: ".modal .o_field_widget[name=amount] input:value(1,000.00)",
        },
        {
            content: "The number too",
            trigger: ".modal .o_field_widget[name=communication] input:value(CH 17)",
        },
        {
            content: "Leave it",
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            content: "It waits on",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(CH 17)",
        },
    ],
});
