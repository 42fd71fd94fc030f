import { registry } from "@web/core/registry";

// The collector looks at what goes out tonight, changes a word and sends it.
registry.category("web_tour.tours").add("sale_collection_reminder_collector", {
    steps: () => [
        {
            content: "The customer waits to be confirmed",
            trigger: ".o_list_view .o_group_name:contains(To confirm)",
        },
        {
            content: "Open its message",
            trigger: ".o_list_view .o_data_row td[name=partner_id]:contains(Tour customer)",
            run: "click",
        },
        {
            content: "The text names the amount",
            trigger: ".o_form_view .o_field_widget[name=body] td:contains(1,500.00)",
        },
        {
            content: "A word of one's own",
            trigger: ".o_form_view .o_field_widget[name=subject] input",
            run: "edit Please call us && press Tab",
        },
        {
            content: "Confirm",
            trigger: "button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It is ready; send it now",
            trigger: "body:has(.o_arrow_button_current:contains(Ready)) button[name=action_send_now]",
            run: "click",
        },
        {
            content: "It is on its way",
            trigger: ".o_form_view .o_arrow_button_current:contains(Queued)",
        },
        {
            content: "Look at the customer",
            trigger: "button[name=action_open_profile]",
            run: "click",
        },
        {
            content: "The gear",
            trigger: ".o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            content: "Snooze what is left",
            trigger: ".o-dropdown--menu .o_menu_item:contains(Snooze reminders)",
            run: "click",
        },
        {
            content: "Until when",
            trigger: ".modal .o_field_widget[name=until] input",
            run: "edit 12/31/2099 && press Tab",
        },
        {
            content: "Why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit New delivery on its way && press Tab",
        },
        {
            content: "Snooze",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "The pause can be ended",
            trigger: "body:not(:has(.modal)) button[name=action_wake]",
        },
        {
            content: "More of the customer",
            trigger: ".o_notebook .nav-link[name=timeline]",
            run: "click",
        },
        {
            content: "What happened so far",
            trigger: "button[name=action_open_timeline]",
            run: "click",
        },
        {
            content: "The reminder is in the timeline",
            trigger: ".o_list_view .o_data_row td[name=detail]:contains(First reminder)",
        },
    ],
});

// The manager sees who would get what, chooses the date and goes live.
registry.category("web_tour.tours").add("sale_collection_reminder_manager", {
    steps: () => [
        {
            content: "The plan is switched off",
            trigger: ".o_form_view .alert:contains(Switched off)",
        },
        {
            content: "Go live",
            trigger: "button[name=action_open_go_live]",
            run: "click",
        },
        {
            content: "Old debts do not enter by themselves",
            trigger: ".modal .o_field_widget[name=old_count]:contains(1)",
        },
        {
            content: "Change the date",
            trigger: ".modal .o_field_widget[name=entry_date] button",
            run: "click",
        },
        {
            content: "Let them enter",
            trigger: ".modal .o_field_widget[name=entry_date] input",
            run: "edit 01/01/2020 && press Escape",
        },
        {
            content: "One message would go out",
            trigger: ".modal .o_field_widget[name=going_count]:contains(1)",
        },
        {
            content: "Go live",
            trigger: ".modal footer button[name=action_go_live]",
            run: "click",
        },
        {
            content: "The first run waits for a person",
            trigger: ".o_list_view .o_data_row td[name=state]:contains(To confirm)",
        },
        {
            content: "Choose everything",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".o_control_panel button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It is ready",
            trigger: ".o_list_view .o_data_row td[name=state]:contains(Ready)",
        },
    ],
});
