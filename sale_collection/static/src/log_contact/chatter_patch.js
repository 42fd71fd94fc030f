import { Chatter } from "@mail/chatter/web_portal/chatter";
import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { user } from "@web/core/user";
import { onWillStart } from "@odoo/owl";

// Says of a record whether its customer may owe us money.
const OWES = {
    "sale.collection.profile": () => true,
    "res.partner": (data) => Boolean(data.collection_profile_id),
    "account.move": (data) =>
        data.state === "posted" && ["out_invoice", "out_refund"].includes(data.move_type),
};

patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        this.collectionAction = useService("action");
        onWillStart(async () => {
            if (this.props.threadModel in OWES) {
                this.mayLogContact = await user.hasGroup("sale_collection.group_user");
            }
        });
    },

    get canLogContact() {
        const owes = OWES[this.props.threadModel];
        return Boolean(
            owes && this.mayLogContact && this.props.threadId && owes(this.props.record?.data ?? {})
        );
    },

    async onClickLogContact() {
        const { threadModel, threadId } = this.props;
        if (this.props.saveRecord && !(await this.props.saveRecord())) {
            return;
        }
        const action = await this.orm.call(threadModel, "action_log_contact", [[threadId]]);
        await this.collectionAction.doAction(action, {
            onClose: async () => {
                await this.reloadParentView();
                this.load(this.state.thread, ["activities", "messages"]);
            },
        });
    },
});
