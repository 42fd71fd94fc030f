import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * The figures a manager looks at first, of one month: each with its change, a year of it
 * as a line, its meaning in words, and its lines a click away.
 */
export class CollectionKeyFigures extends Component {
    static template = "sale_collection_insight.KeyFigures";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ page: null });
        const { month, currency_id } = this.props.state || {};
        useSetupAction({
            getLocalState: () => ({
                month: this.state.page.month,
                currency_id: this.state.page.currency_id,
            }),
        });
        onWillStart(() => this.load(month || false, currency_id || false));
    }

    async load(month, currencyId) {
        this.state.page = await this.orm.call("sale.collection.key.figures", "read_page", [
            month,
            currencyId,
        ]);
    }

    onMonthChange(ev) {
        return this.load(ev.target.value, this.state.page.currency_id);
    }

    onCurrencyChange(ev) {
        return this.load(this.state.page.month, parseInt(ev.target.value));
    }

    open(figure) {
        return this.action.doAction(figure.action);
    }

    print() {
        const { month, currency_id } = this.state.page;
        return this.action.doAction({
            type: "ir.actions.report",
            report_type: "qweb-pdf",
            report_name: "sale_collection_insight.board_report",
            report_file: "sale_collection_insight.board_report",
            data: { month, currency_id },
        });
    }

    openInvoices() {
        return this.action.doAction("account.action_move_out_invoice_type");
    }
}

registry.category("actions").add("sale_collection_key_figures", CollectionKeyFigures);
