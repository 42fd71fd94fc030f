import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * What a company has still to settle, in a row above Today. Shown to managers until one
 * of them hides it. The list does not wait for it.
 */
export class CollectionFirstDay extends Component {
    static template = "sale_collection.FirstDay";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({ steps: [] });
        onWillStart(() => {
            this.load();
        });
    }

    get model() {
        return "sale.collection.first.day";
    }

    get progress() {
        const { steps } = this.state;
        return _t("First day: %(done)s of %(all)s settled", {
            done: steps.filter((step) => step.is_done).length,
            all: steps.length,
        });
    }

    async load() {
        this.state.steps = (await this.orm.silent.call(this.model, "read_panel")) || [];
    }

    open(step) {
        return this.action.doAction(step.action, { additionalContext: step.context });
    }

    async hide() {
        await this.orm.call(this.model, "hide_panel");
        this.state.steps = [];
        this.notification.add(_t("The settings of Collection show the first steps again."));
    }
}
