import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { ListRenderer } from "@web/views/list/list_renderer";

/** The list in a form with boxes to tick, on the phone as well. */
class TickedRenderer extends ListRenderer {
    get hasSelectors() {
        return true;
    }

    get ticked() {
        return this.props.list.records.filter((record) => record.selected);
    }

    get selectAll() {
        return this.ticked.length > 0 && this.ticked.length === this.props.list.records.length;
    }

    toggleSelection() {
        const all = !this.selectAll;
        this.props.list.records.forEach((record) => record.toggleSelection(all));
    }
}

/**
 * Records of a form to tick, and the buttons of the list's header above them: each calls
 * its method on the ticked records and shows what that returns.
 */
export class TickedField extends X2ManyField {
    static template = "sale_collection.TickedField";
    static components = { ...X2ManyField.components, ListRenderer: TickedRenderer };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.hint = _t("Tick one or more lines first");
    }

    get buttons() {
        return this.archInfo.headerButtons || [];
    }

    get tickedIds() {
        return this.list.records.filter((record) => record.selected).map((r) => r.resId);
    }

    async onClickButton({ clickParams }) {
        const { record } = this.props;
        const ids = this.tickedIds;
        if (!(await record.save())) {
            return;
        }
        const action = await this.orm.call(this.list.resModel, clickParams.name, [ids]);
        await this.action.doAction(action, { onClose: () => record.model.load() });
    }
}

registry.category("fields").add("collection_ticked", {
    ...x2ManyField,
    component: TickedField,
});
