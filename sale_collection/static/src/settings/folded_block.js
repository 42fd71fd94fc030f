import { onMounted, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { patch } from "@web/core/utils/patch";
import { SettingsBlock } from "@web/webclient/settings_form_view/settings/settings_block";
import { SettingsFormCompiler } from "@web/webclient/settings_form_view/settings_form_compiler";
import { SettingsFormRenderer } from "@web/webclient/settings_form_view/settings_form_renderer";

/**
 * A block of settings that shows its heading alone until it is clicked: `<block fold="1">`.
 * A search, or an address that names one of its settings, opens it.
 */
export class FoldedBlock extends SettingsBlock {
    static template = "sale_collection.FoldedBlock";

    setup() {
        super.setup();
        this.fold = useState({ isOpen: false });
        onMounted(() => {
            const id = browser.location.hash.substring(1);
            const named = id && document.getElementById(id);
            if (named && this.settingsContainerRef.el.contains(named)) {
                this.fold.isOpen = true;
            }
        });
    }

    get isOpen() {
        return this.fold.isOpen || Boolean(this.state.search.value);
    }

    onClickHeading() {
        this.fold.isOpen = !this.fold.isOpen;
    }
}

SettingsFormRenderer.components.FoldedBlock = FoldedBlock;

patch(SettingsFormCompiler.prototype, {
    compileBlock(el, params) {
        const block = super.compileBlock(el, params);
        if (!el.hasAttribute("fold")) {
            return block;
        }
        const folded = block.ownerDocument.createElement("FoldedBlock");
        for (const { name, value } of [...block.attributes]) {
            folded.setAttribute(name, value);
        }
        folded.append(...block.childNodes);
        return folded;
    },
});
