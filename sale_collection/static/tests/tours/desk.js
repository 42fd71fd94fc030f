import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const badge = (name, label) =>
    `.modal .o_field_widget[name=${name}] :contains(/^${label}$/)`;

const openApp = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Collection: its first page is Today",
        trigger: ".o_app[data-menu-xmlid='sale_collection.root_menu']",
        run: "click",
    },
];

const promiseFriday = (save) => [
    { content: "Promised", trigger: badge("result", "Promised"), run: "click" },
    { content: "Friday", trigger: badge("date_chip", "Friday"), run: "click" },
    {
        content: "Save",
        trigger: `.modal footer button[name=${save}]`,
        run: "click",
    },
    { content: "Saved", trigger: "body:not(:has(.modal))" },
];

// From the list: log contact, promised, Friday, save.
registry.category("web_tour.tours").add("sale_collection_today", {
    steps: () => [
        ...openApp(),
        {
            content: "Most points first, with the reason",
            trigger:
                ".o_data_row:first:contains(First Customer):contains(Overdue):contains(+30)",
        },
        {
            content: "Tap to call",
            trigger: ".o_data_row:contains(Middle Customer) a[href^='tel:']",
        },
        {
            content: "Log contact",
            trigger: ".o_data_row:first button[name=action_log_contact]",
            run: "click",
        },
        {
            content: "No next customer from the list: it is the list that comes next",
            trigger: ".modal footer:not(:has(button[name=action_save_next]))",
        },
        ...promiseFriday("action_save"),
        {
            content: "The next customer has come up",
            trigger: ".o_data_row:first:contains(Middle Customer)",
        },
        {
            content: "Who promised is gone",
            trigger: ".o_list_view:not(:has(.o_data_row:contains(First Customer)))",
        },
    ],
});

// From page to page: next; save and next; the last one leads back to the list.
registry.category("web_tour.tours").add("sale_collection_next", {
    steps: () => [
        ...openApp(),
        {
            content: "Open the first customer",
            trigger: ".o_data_row:first .o_data_cell[name=partner_id]",
            run: "click",
        },
        {
            content: "Its page",
            trigger: ".o_form_view .o_field_widget[name=partner_id]:contains(First Customer)",
        },
        { content: "Next", trigger: ".o_collection_next", run: "click" },
        {
            content: "The second customer",
            trigger: ".o_form_view .o_field_widget[name=partner_id]:contains(Middle Customer)",
        },
        {
            content: "Log contact",
            trigger: ".o_form_view button[name=action_log_contact]",
            run: "click",
        },
        ...promiseFriday("action_save_next"),
        {
            content: "The third customer",
            trigger: ".o_form_view .o_field_widget[name=partner_id]:contains(Last Customer)",
        },
        {
            content: "Log contact",
            trigger: ".o_form_view button[name=action_log_contact]",
            run: "click",
        },
        {
            content: "No answer, again tomorrow",
            trigger: ".modal footer button[name=action_no_answer_tomorrow]",
            run: "click",
        },
        { content: "Saved", trigger: "body:not(:has(.modal))" },
        { content: "Who was passed over", trigger: ".o_collection_next", run: "click" },
        {
            content: "The first customer again",
            trigger: ".o_form_view .o_field_widget[name=partner_id]:contains(First Customer)",
        },
        { content: "Nobody else is left", trigger: ".o_collection_next", run: "click" },
        {
            content: "Back on the list",
            trigger: ".o_list_view .o_data_row:contains(First Customer)",
        },
    ],
});

registry.category("web_tour.tours").add("sale_collection_today_phone", {
    steps: () => [
        {
            content: "Cards, most points first",
            trigger: ".o_kanban_record:first:contains(First Customer):contains(+30)",
        },
        {
            content: "Tap to call",
            trigger: ".o_kanban_record:contains(Middle Customer) a[href^='tel:']",
        },
        {
            content: "Log contact",
            trigger: ".o_kanban_record:first button[name=action_log_contact]",
            run: "click",
        },
        ...promiseFriday("action_save"),
        {
            content: "The next customer has come up",
            trigger: ".o_kanban_record:first:contains(Middle Customer)",
        },
    ],
});

registry.category("web_tour.tours").add("sale_collection_first_day", {
    steps: () => [
        ...openApp(),
        {
            content: "Somebody is to collect from every customer",
            trigger:
                ".o_collection_first_step[data-step=collectors][data-done='1'] button",
            run: "click",
        },
        {
            content: "The customers",
            trigger: ".o_list_view .o_data_row:contains(First Customer)",
        },
        {
            content: "Back to Today",
            trigger: ".o_back_button, .breadcrumb-item a:contains(Today)",
            run: "click",
        },
        {
            content: "Hide the steps",
            trigger: ".o_collection_first_day_hide",
            run: "click",
        },
        {
            content: "They are gone",
            trigger: "body:not(:has(.o_collection_first_day))",
        },
    ],
});

const choose = (field, name) => [
    {
        content: `${field}: type a name`,
        trigger: `.modal .o_field_widget[name=${field}] input`,
        run: `edit ${name}`,
    },
    {
        content: `${field}: take it`,
        trigger: `.modal .o-autocomplete--dropdown-item:contains(${name})`,
        run: "click",
    },
];

// From the menu: who leaves, who takes over, what moves, done.
registry.category("web_tour.tours").add("sale_collection_takeover", {
    steps: () => [
        ...openApp(),
        {
            content: "Customers",
            trigger: "[data-menu-xmlid='sale_collection.customers_menu']",
            run: "click",
        },
        {
            content: "Hand over customers",
            trigger: "[data-menu-xmlid='sale_collection.takeover_menu']",
            run: "click",
        },
        ...choose("from_user_id", "desk_collector"),
        ...choose("to_user_id", "desk_heir"),
        {
            content: "Nothing moves before it is shown",
            trigger: ".modal footer:not(:has(button[name=action_apply]))",
        },
        {
            content: "Show what moves",
            trigger: ".modal footer button[name=action_preview]",
            run: "click",
        },
        {
            content: "Customer by customer",
            trigger:
                ".modal .o_data_row:contains(First Customer) .o_data_cell[name=what]:contains(Customers to collect from: 1)",
        },
        {
            content: "And in sum",
            trigger:
                ".modal .o_field_widget[name=what]:contains(Customers to collect from: 3)",
        },
        {
            content: "One customer stays",
            trigger: ".modal .o_data_row:contains(Last Customer) .o_list_record_remove",
            run: "click",
        },
        {
            content: "It is gone from the list",
            trigger: ".modal .o_list_view:not(:has(.o_data_row:contains(Last Customer)))",
        },
        {
            content: "Hand over",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "What was moved, in the log",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_field_widget[name=from_user_id]:contains(desk_collector)",
        },
        {
            content: "To whom",
            trigger: ".o_form_view .o_data_row:contains(First Customer):contains(desk_heir)",
        },
    ],
});
