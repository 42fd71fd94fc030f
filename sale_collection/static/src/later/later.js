import { Component, markup, useState, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * A text of ours on a form of others, read after the form is shown, on a tab when it is
 * opened, and again whenever the form is read: nobody waits for it to see the rest.
 */
export class CollectionLater extends Component {
    static template = xml`<span t-out="state.text" />`;
    static props = { ...standardWidgetProps, field: { type: String } };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ text: "" });
        useRecordObserver((record) => {
            // Not waited for. Asking for the data has it called when they are new.
            this.read(record.resModel, record.resId, record.data);
        });
    }

    async read(model, id) {
        const { field } = this.props;
        const turn = (this.turn = {});
        const [values] = id ? await this.orm.read(model, [id], [field]) : [];
        if (turn !== this.turn) {
            return; // another record is shown by now
        }
        const text = values?.[field] || "";
        this.state.text = field.endsWith("_html") ? markup(text) : text;
    }
}

registry.category("view_widgets").add("collection_later", {
    component: CollectionLater,
    extractProps: ({ attrs }) => ({ field: attrs.field }),
});
