import { registry } from "@web/core/registry";

const item = (name) => `label[name=open_item]:contains(${name})`;

// On a phone: two invoices chosen, paid at once, and back to what is left.
registry.category("web_tour.tours").add("sale_collection_portal_pay", {
    url: "/my/home",
    steps: () => [
        {
            content: "The entry on the portal's home",
            trigger: "a[href='/my/statement']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "What is overdue is ticked",
            trigger: `${item("INV")} input[name=line]:checked`,
        },
        {
            content: "The button says how much",
            trigger: ".o_collection_sum:contains(150)",
        },
        {
            content: "Tick the one that is not due as well",
            trigger: "input[name=line]:not(:checked)",
            run: "click",
        },
        {
            content: "The button says how much",
            trigger: ".o_collection_sum:contains(190)",
        },
        {
            content: "Pay",
            trigger: "button[name=pay]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Three are chosen", trigger: "li[name=chosen_item]:nth-child(3)" },
        { content: "The sum", trigger: "span[name=to_pay]:contains(190)" },
        {
            content: "Back",
            trigger: "a[href='/my/statement']:has(.oi-arrow-left)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Movements",
            trigger: "a[name=to_period]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "It ends at the balance", trigger: "tr[name=closing]:contains(190)" },
    ],
});

const payWithDemo = (amount) => [
    {
        content: "Pay what is chosen",
        trigger: `button[name=pay]:contains(${amount})`,
        run: "click",
        expectUnloadPage: true,
    },
    { content: "That much", trigger: `span[name=to_pay]:contains(${amount})` },
    { content: "The demo card", trigger: "#customer_input", run: "edit 4242" },
    {
        content: "Pay",
        trigger: "button[name=o_payment_submit_button]:enabled",
        run: "click",
        expectUnloadPage: true,
    },
    { content: "Paid", trigger: `span[name=paid]:contains(${amount})`, timeout: 40000 },
    { content: "Done", trigger: ".alert-success" },
    {
        content: "Back to the list",
        trigger: "a[name=back]",
        run: "click",
        expectUnloadPage: true,
    },
];

registry.category("web_tour.tours").add("sale_collection_portal_demo", {
    steps: () => [
        ...payWithDemo("150"),
        { content: "One is left", trigger: "div[name=balance]:contains(40)" },
    ],
});

registry.category("web_tour.tours").add("sale_collection_portal_demo_link", {
    steps: () => [
        ...payWithDemo("40"),
        { content: "Nothing is left", trigger: "div[name=nothing_open]" },
    ],
});

const inDays = (days) => luxon.DateTime.now().plus({ days }).toISODate();

const sendOnce = (name) => [
    {
        content: "Press the button, and have nothing sent",
        trigger: `form[name=${name}]`,
        run({ anchor }) {
            anchor.addEventListener("submit", (ev) => ev.preventDefault());
            anchor.noValidate = true;
            anchor.requestSubmit();
        },
    },
    {
        content: "A second press finds it switched off",
        trigger: `form[name=${name}] button[type=submit]:disabled`,
    },
];

// On a phone: what is overdue is to be paid in parts, and the plan is signed.
registry.category("web_tour.tours").add("sale_collection_portal_plan", {
    steps: () => [
        {
            content: "What is overdue is ticked",
            trigger: `${item("INV")} input[name=line]:checked`,
        },
        {
            content: "Pay later",
            trigger: "button[name=tell]",
            run: "click",
            expectUnloadPage: true,
        },
        ...["promise", "dispute"].flatMap(sendOnce),
        {
            content: "How many payments",
            trigger: "form[name=plan] input[name=count]",
            run: "edit 3",
        },
        {
            content: "How often",
            trigger: "form[name=plan] select[name=frequency]",
            run: "select weekly",
        },
        {
            content: "From when on",
            trigger: "form[name=plan] input[name=first]",
            run({ anchor }) {
                anchor.value = inDays(5); // `edit` cannot fill in an empty date
            },
        },
        {
            content: "Ask",
            trigger: "form[name=plan] button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Three payments", trigger: "li[name=plan_part]:nth-child(3)" },
        { content: "Of all", trigger: "span[name=plan_amount]:contains(150)" },
        {
            content: "All of it fits a phone",
            trigger: "div[name=sign] canvas.o_web_sign_signature",
            run() {
                const { clientWidth, scrollWidth } = document.documentElement;
                if (scrollWidth > clientWidth) {
                    throw new Error(`${scrollWidth} of ${clientWidth} pixels`);
                }
            },
        },
        {
            content: "The name is drawn as signature",
            trigger: "div[name=sign] canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            content: "Sign",
            trigger: "div[name=sign] .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "Signed", trigger: "p[name=signed]" },
        { content: "No longer to be signed", trigger: "body:not(:has(div[name=sign]))" },
        {
            content: "Back to the account",
            trigger: "a[href='/my/statement']:has(.oi-arrow-left)",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "The plan", trigger: "a[name=plan]:contains(150)" },
        { content: "Promised", trigger: `${item("INV")} div[name=promised]` },
    ],
});
