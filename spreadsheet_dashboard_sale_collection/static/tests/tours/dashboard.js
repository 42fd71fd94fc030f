import { registry } from "@web/core/registry";

const TITLE = ".o_spreadsheet_dashboard_action .o_search_panel .active:contains(Collection)";

function getModel() {
    const { services } = odoo.__WOWL_DEBUG__.root.env;
    return services.spreadsheet_dashboard_loader.getActiveDashboard().model;
}

function getCells(model) {
    return model.getters
        .getSheetIds()
        .flatMap((sheetId) => Object.values(model.getters.getEvaluatedCells(sheetId)));
}

async function waitForCells(model) {
    for (let turn = 0; turn < 200; turn++) {
        const cells = getCells(model);
        const errors = cells.filter((cell) => cell && cell.type === "error");
        if (cells.length && !errors.length) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const errors = getCells(model).filter((cell) => cell && cell.type === "error");
    throw new Error(errors.map((cell) => `${cell.value}: ${cell.message}`).join("; "));
}

// A manager: the dashboard opens, every cell has a value, and money is that received.
registry.category("web_tour.tours").add("spreadsheet_dashboard_sale_collection", {
    steps: () => [
        {
            content: "The dashboard",
            trigger: TITLE,
        },
        {
            content: "Its charts",
            trigger: ".o-figure canvas",
        },
        {
            content: "Every cell has a value",
            trigger: ".o-grid",
            timeout: 30000,
            run: async () => {
                const model = getModel();
                await waitForCells(model);
                const [, data] = model.getters.getSheetIds();
                const read = (col, row) =>
                    model.getters.getEvaluatedCell({ sheetId: data, col, row }).value;
                const found = [read(1, 1), read(1, 4), read(1, 5), read(1, 6)].join();
                if (found !== "250,750,750,1") {
                    throw new Error(found);
                }
            },
        },
    ],
});
