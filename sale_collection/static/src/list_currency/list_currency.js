import { getCurrency } from "@web/core/currency";
import { patch } from "@web/core/utils/patch";
import { ListRenderer } from "@web/views/list/list_renderer";

/**
 * Lists of ours in which dollars and dollars meet tell them apart: an amount bears the
 * code of its currency where another one in its column has the same sign.
 */
patch(ListRenderer.prototype, {
    getFormattedValue(column, record) {
        const text = super.getFormattedValue(column, record);
        const own = this.collectionCurrency(column, record);
        const isShared =
            text &&
            own &&
            this.props.list.records.some((other) => {
                const found = this.collectionCurrency(column, other);
                return found && found !== own && found.symbol === own.symbol;
            });
        return isShared ? `${text} ${own.name}` : text;
    },

    /** Return the currency of an amount of ours, nothing for what is none. */
    collectionCurrency(column, record) {
        const field = record.fields[column.name];
        if (field?.type !== "monetary" || !record.resModel.startsWith("sale.collection.")) {
            return undefined;
        }
        const name = column.options.currency_field || field.currency_field || "currency_id";
        return getCurrency(record.data[name]?.id);
    },
});
