import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// A manager: the page, the month before, and what is overdue line by line.
registry.category("web_tour.tours").add("sale_collection_insight_key_figures", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Collection",
            trigger: ".o_app[data-menu-xmlid='sale_collection.root_menu']",
            run: "click",
        },
        {
            content: "Reporting",
            trigger: "button[data-menu-xmlid='sale_collection.reporting_menu']",
            run: "click",
        },
        {
            content: "Its first entry",
            trigger: ".dropdown-menu .dropdown-item:first:contains(Key figures)",
            run: "click",
        },
        {
            content: "This month so far",
            trigger: ".card[data-figure=collected]:contains(So far)",
        },
        {
            content: "The month before",
            trigger: ".o_collection_month",
            run: "selectByLabel April 2026",
        },
        {
            content: "April: 30 of 50 that fell due in it",
            trigger: ".card[data-figure=due_rate]:contains(60.0 %):contains(+60.0 points)",
        },
        {
            content: "A figure, its change and the month before it",
            trigger:
                ".card[data-figure=dso]:contains(35.0 days):contains(+4.0 days):contains(March 2026)",
        },
        {
            content: "A small chart",
            trigger: ".card[data-figure=dso] svg path[d^=M]",
        },
        {
            content: "What it means",
            trigger: ".card[data-figure=dso] i[data-tooltip*='Days sales outstanding']",
        },
        {
            content: "Its lines",
            trigger: ".card[data-figure=overdue] button",
            run: "click",
        },
        {
            content: "As of the end of April",
            trigger: ".o_breadcrumb:contains(April 2026)",
        },
        {
            content: "Their sum is the figure",
            trigger: ".o_list_view tfoot:contains(100.00)",
        },
        {
            content: "Back",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "The month is still the one chosen",
            trigger: ".card[data-figure=overdue]:contains(100.00)",
        },
    ],
});
