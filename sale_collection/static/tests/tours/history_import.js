import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const BOOK = `customer_ref,invoice_ref,invoice_date,due_date,paid_date,amount,currency
Tour customer,T1,2025-01-10,2025-02-10,2025-02-17,100,USD
Tour customer,T2,2025-02-10,2025-03-10,2025-03-17,100,USD
Tour customer,T3,2025-03-10,2025-04-10,2025-03-01,100,USD
`;

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
            content: "Two invoices are new",
            trigger: ".modal .o_field_widget[name=created_count]:contains(2)",
        },
        {
            content: "One line comes back",
            trigger: ".modal .o_field_widget[name=rejected_file] a:contains(rejected.csv)",
        },
        {
            content: "Show what was imported",
            trigger: ".modal footer button:contains(Show invoices)",
            run: "click",
        },
        {
            content: "The invoices are listed",
            trigger: ".o_list_view .o_data_row:contains(Tour customer):contains(T2)",
        },
    ],
});
