from odoo import api, fields, models

from ...tools.sheet import show_text


class SaleCollectionHistoryImportColumn(models.TransientModel):
    """One column of an imported file, and what it holds."""

    _name = "sale.collection.history.import.column"
    _description = "Column of an imported file"
    _rec_name = "header"

    import_id = fields.Many2one(
        "sale.collection.history.import", required=True, index=True, ondelete="cascade"
    )
    header = fields.Char(string="Column of the file", readonly=True)
    sample = fields.Char(string="First value", readonly=True)
    column = fields.Selection(
        [
            ("customer_ref", "Customer"),
            ("invoice_ref", "Invoice"),
            ("invoice_date", "Invoice date"),
            ("due_date", "Due date"),
            ("paid_date", "Paid on"),
            ("amount", "Amount"),
            ("currency", "Currency"),
            ("open_amount", "Open amount"),
        ],
        string="Holds",
        help="Empty for a column that is not imported.",
    )

    @api.model
    def _prepare_columns(self, table, positions):
        """Return the values of each column of a file, with the first cell it holds.

        :param positions: {column: position} as far as known
        """
        found = {position: column for column, position in positions.items()}
        first = next(iter(table), None)
        cells = dict(enumerate(first.cells if first else ()))
        return [
            {
                "header": show_text(header),
                "sample": show_text(cells.get(position, "")),
                "column": found.get(position),
            }
            for position, header in enumerate(table.header)
        ]
