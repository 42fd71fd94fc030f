import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// A delivery on hold says why, is not validated, and is found again in the list.
registry.category("web_tour.tours").add("sale_collection_stock_held", {
    steps: () => [
        {
            content: "The delivery says that it waits, and why",
            trigger: ".alert:contains(On hold):contains(Days overdue)",
        },
        {
            content: "Validate all the same",
            trigger: "button[name=button_validate]",
            run: "click",
        },
        {
            content: "It is named with its reason",
            trigger: ".modal:contains(must not leave):contains(Days overdue)",
        },
        {
            content: "Close the message",
            trigger: ".modal footer button",
            run: "click",
        },
        { content: "Closed", trigger: "body:not(:has(.modal))" },
        stepUtils.showAppsMenuItem(),
        {
            content: "Inventory",
            trigger: ".o_app[data-menu-xmlid='stock.menu_stock_root']",
            run: "click",
        },
        {
            content: "Operations",
            trigger: "button[data-menu-xmlid='stock.menu_stock_warehouse_mgmt']",
            run: "click",
        },
        {
            content: "Held demand",
            trigger: "[data-menu-xmlid='sale_collection_stock.stock_held_demand_menu']",
            run: "click",
        },
        {
            content: "What waits, for whom, how much",
            trigger: ".o_data_row:contains(Goods):contains(7.00)",
        },
    ],
});

// Released: the same delivery leaves.
registry.category("web_tour.tours").add("sale_collection_stock_released", {
    steps: () => [
        {
            content: "Nothing is said of a hold",
            trigger: ".o_form_view:not(:contains(On hold)) button[name=button_validate]",
            run: "click",
        },
        {
            content: "Done",
            trigger: ".o_statusbar_status button[data-value=done].o_arrow_button_current",
        },
    ],
});
