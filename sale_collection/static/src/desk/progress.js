import { Component, onWillStart, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/**
 * How far the user is with the targets that run today: a bar each, above Today, with a
 * mark where the days of the period are. The list does not wait for it.
 */
export class CollectionProgress extends Component {
    static template = "sale_collection.Progress";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ targets: [] });
        onWillStart(() => {
            this.load();
        });
    }

    async load() {
        this.state.targets = await this.orm.silent.call(
            "sale.collection.target",
            "read_progress"
        );
    }

    open(target) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.collection.target",
            res_id: target.id,
            views: [[false, "form"]],
        });
    }
}
