import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const HEADER = "customer_ref,invoice_ref,invoice_date,due_date,paid_date,amount,currency";
// Six invoices paid in time, so that the customer has a grade, and one bad line.
const PAID = [1, 2, 3, 4, 5, 6].map(
    (month) =>
        `Tour customer,T${month},2025-0${month}-06,2025-0${month}-20,2025-0${month}-20,100,USD`
);
const BAD = "Tour customer,T7,2025-07-06,2025-07-20,2025-07-01,100,USD";
const BOOK = [HEADER, ...PAID, BAD].join("\n");

registry.category("web_tour.tours").add("sale_collection_history_import", {
    steps: () => [
        {
            content: "Open the import from the list",
            trigger: ".o_list_buttons button:contains(Import file), .o_control_panel button:contains(Import file)",
            run: "click",
        },
        {
            content: "Choose the file",
            trigger: ".modal .o_field_binary[name=file]",
            async run() {
                const file = new File([BOOK], "book.csv", { type: "text/csv" });
                await inputFiles(".modal .o_field_binary[name=file] .o_input_file", [file]);
            },
        },
        {
            content: "The file is there",
            trigger: ".modal .o_field_binary[name=file] input[type=text]",
        },
        {
            content: "Create the customer it names",
            trigger: ".modal .o_field_widget[name=create_customers] input",
            run: "click",
        },
        {
            content: "Import",
            trigger: ".modal footer button:contains(Import)",
            run: "click",
        },
        {
            content: "Six invoices are new",
            trigger: ".modal .o_field_widget[name=created_count]:contains(6)",
        },
        {
            content: "One line comes back",
            trigger: ".modal .o_field_widget[name=rejected_file] a:contains(rejected.csv)",
        },
        {
            content: "Grade the customer",
            trigger: ".modal footer button:contains(Grade now)",
            run: "click",
        },
        {
            content: "Open its credit profile",
            trigger: ".o_list_view .o_data_row td:contains(Tour customer)",
            run: "click",
        },
        {
            content: "Go on to the customer",
            trigger: ".o_form_view h1 .o_field_widget[name=partner_id] a",
            run: "click",
        },
        {
            content: "Open the tab of the collection",
            trigger: ".o_form_view .nav-link:contains(Collection)",
            run: "click",
        },
        {
            content: "Read the grade",
            trigger: ".o_widget_collection_later .o_badge:contains(A)",
        },
    ],
});
