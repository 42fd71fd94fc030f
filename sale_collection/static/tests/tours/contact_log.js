import { registry } from "@web/core/registry";

const badge = (name, label) =>
    `.modal .o_field_widget[name=${name}] :contains(/^${label}$/)`;

// A rep at the customer's: promised in five taps, without typing a word.
registry.category("web_tour.tours").add("sale_collection_visit_promise", {
    steps: () => [
        {
            content: "The profile of an own customer",
            trigger: "button[name=action_log_contact]",
            run: "click",
        },
        { content: "Visit", trigger: badge("type", "Visit"), run: "click" },
        { content: "Promised", trigger: badge("result", "Promised"), run: "click" },
        {
            content: "What is collectable is proposed",
            trigger: ".modal .o_field_widget[name=promise_amount] input:value(1,500.00)",
        },
        { content: "Friday", trigger: badge("date_chip", "Friday"), run: "click" },
        {
            content: "Save",
            trigger: ".modal footer button[name=action_save]",
            run: "click",
        },
        { content: "Done", trigger: "body:not(:has(.modal))" },
        {
            content: "It is in the thread",
            trigger: ".o-mail-Message:contains(Visit: Promised)",
        },
    ],
});

// No answer: two clicks, from the chatter of the invoice.
registry.category("web_tour.tours").add("sale_collection_no_answer", {
    steps: () => [
        {
            content: "Log a contact from the chatter",
            trigger: ".o_collection_log_contact",
            run: "click",
        },
        {
            content: "No answer, again tomorrow",
            trigger: ".modal footer button[name=action_no_answer_tomorrow]",
            run: "click",
        },
        { content: "Done", trigger: "body:not(:has(.modal))" },
        {
            content: "The invoice shows the follow-up",
            trigger: ".o_field_widget[name=collection_follow_up_date]",
        },
    ],
});

// An accountant disputes an invoice and settles the dispute.
registry.category("web_tour.tours").add("sale_collection_dispute", {
    steps: () => [
        {
            content: "Dispute the invoice",
            trigger: "button[name=action_collection_dispute]",
            run: "click",
        },
        {
            content: "Say what it is about",
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit Price or quantity",
        },
        {
            content: "Choose the reason",
            trigger: ".o-autocomplete--dropdown-item a:contains(Price or quantity difference)",
            run: "click",
        },
        {
            content: "The advice is shown",
            trigger: ".modal .o_field_widget[name=advice]:contains(undisputed)",
        },
        {
            content: "Save",
            trigger: ".modal footer .o_form_button_save",
            run: "click",
        },
        {
            content: "The invoice shows what is disputed",
            trigger: ".o_field_widget[name=collection_disputed]:contains(1,000.00)",
        },
        {
            content: "Open the credit profile",
            trigger: "button[name=action_open_collection_profile]",
            run: "click",
        },
        {
            content: "Show the buttons that have no room, if some have none",
            trigger: ".o_form_view:has(.o_field_widget[name=summary_html])",
            run() {
                document.querySelector(".o_form_view .o_button_more")?.click();
            },
        },
        {
            content: "Open its disputes",
            trigger: "button[name=action_open_disputes]",
            run: "click",
        },
        {
            content: "Open the dispute",
            trigger: ".o_data_row .o_data_cell:contains(Price or quantity difference)",
            run: "click",
        },
        {
            content: "Accept",
            trigger: "button[name=action_accept]",
            run: "click",
        },
        {
            content: "Accepted",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Accepted)",
        },
    ],
});
