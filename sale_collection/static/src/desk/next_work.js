import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const NEXT = "SALE_COLLECTION:NEXT";

/**
 * Shows the next customer of Today in the place of the one at hand, in the order of the
 * list as it was opened, leaving out those that are done with.
 */
export class CollectionNext extends Component {
    static template = "sale_collection.Next";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        useBus(this.env.bus, NEXT, () => this.goNext());
    }

    async goNext() {
        const { record } = this.props;
        const { model, resId, resIds } = record;
        if ((await record.isDirty()) && !(await record.save())) {
            return;
        }
        const nextId = await this.orm.call(record.resModel, "get_next_work", [resId, resIds]);
        if (!nextId) {
            this.notification.add(_t("That was the last customer of the list."), {
                type: "success",
            });
            return this.action.doAction("sale_collection.work_action", {
                clearBreadcrumbs: true,
            });
        }
        const listed = resIds.includes(nextId) ? resIds : [...resIds, nextId];
        await model.load({ resId: nextId, resIds: listed });
    }
}

registry.category("view_widgets").add("collection_next", { component: CollectionNext });

// What saving a talk ends with: the dialog closes, the form behind it moves on.
registry.category("actions").add("sale_collection_next", async (env) => {
    await env.services.action.doAction({ type: "ir.actions.act_window_close" });
    env.bus.trigger(NEXT);
});
