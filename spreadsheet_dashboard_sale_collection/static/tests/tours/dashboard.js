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

async function checkCells(addresses, wanted) {
    const model = getModel();
    await waitForCells(model);
    const [, sheetId] = model.getters.getSheetIds();
    const found = addresses
        .map(([col, row]) => model.getters.getEvaluatedCell({ sheetId, col, row }).value)
        .join();
    if (found !== wanted) {
        throw new Error(found);
    }
}

// Two currencies do not add up: money is no zero, it is unknown.
registry.category("web_tour.tours").add("spreadsheet_dashboard_two_currencies", {
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
            content: "Received, open and overdue are unknown",
            trigger: ".o-grid",
            timeout: 30000,
            run: () =>
                checkCells(
                    [
                        [3, 1],
                        [3, 4],
                        [3, 5],
                        [1, 6],
                    ],
                    "-,-,-,-"
                ),
        },
    ],
});

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
            run: () =>
                checkCells(
                    [
                        [1, 1],
                        [1, 4],
                        [1, 5],
                        [1, 6],
                    ],
                    "250,750,750,1"
                ),
        },
    ],
});
