import { Component, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * Import button that drives the import step by step and shows how far it is.
 * Every step is a request of its own: closing the dialog stops after the
 * current one, and the next click goes on from there.
 */
export class HistoryImport extends Component {
    static template = "sale_collection.HistoryImport";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.progress = useState({ running: false, done: 0, total: 0 });
        onWillUnmount(() => {
            this.isClosed = true;
        });
    }

    get percent() {
        const { done, total } = this.progress;
        return total ? Math.round((100 * done) / total) : 0;
    }

    async onImport() {
        const { record } = this.props;
        this.progress.running = true;
        try {
            if (!(await record.save())) {
                return;
            }
            await this.importAll(record);
            if (!this.isClosed) {
                await record.load();
            }
        } finally {
            this.progress.running = false;
        }
    }

    async importAll({ resModel, resId }) {
        do {
            const { done, total } = await this.orm.call(resModel, "import_next", [[resId]]);
            Object.assign(this.progress, { done, total });
        } while (this.progress.done < this.progress.total && !this.isClosed);
    }
}

registry.category("view_widgets").add("collection_history_import", {
    component: HistoryImport,
});
