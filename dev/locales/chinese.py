"""港湾示例贸易, the made-up company that speaks Chinese."""

from .locale import Locale

CHINESE = Locale(
    code="zh_CN",
    country="cn",
    chart="cn",
    chart_module="l10n_cn",
    currency="CNY",
    foreign_currency="USD",
    factor=8,
    time_zone="Asia/Shanghai",
    hour=2,
    company={
        "name": "云上港湾贸易有限公司",
        "street": "示例路1号",
        "city": "云上市",
        "zip": "000001",
        "phone": "021-0555 0199",
        "email": "caiwu@harbour-trading.example",
    },
    bank_account="DEMO 0000 0000 0001",
    users={
        "rep": "任小丽",
        "rep2": "任大勇",
        "rep3": "任思远",
        "collector": "崔明",
        "accountant": "账晓云",
        "controller": "辛可",
        "manager": "管建国",
    },
    firsts=tuple(
        "琥珀 白桦 雪松 长洲 青榆 飞隼 花岗 远港 鸢尾 刺柏 红隼 菩提 枫林 北辰 果园 "
        "松涛 采石 清河 山巅 良木".split()
    ),
    seconds=("食品", "五金", "纺织", "工具", "纸业", "玻璃"),
    name="云上{first}{second}有限公司",
    given=tuple(
        "安然 博文 采薇 大伟 恩泽 芳华 国强 海燕 佳宁 俊杰 可欣 立新 梦洁 宁远 鹏飞 "
        "巧云 瑞雪 思源 婷婷 文静".split()
    ),
    family=tuple("陈 程 邓 方 高 郭 何 江 李 林 刘 罗 马 沈 宋 唐 许".split()),
    person="{family}{given}",
    streets=(
        "示例路{number}号",
        "样板街{number}号",
        "灯笼巷{number}号",
        "老磨坊路{number}号",
        "试用大道{number}号",
    ),
    cities=("云上市", "星落市", "青岚市", "月湾市", "北麓市"),
    # No subscriber's number begins with 0.
    phones=("021-0555 01{line:02}", "010-0555 01{line:02}", "020-0555 01{line:02}"),
    goods=(
        "大米和食用油，混装托盘",
        "合页和门锁，200件装",
        "棉布，50卷",
        "手动工具，组合箱",
        "复印纸，120令",
        "浮法玻璃，40片",
    ),
    words={
        "Outstanding receipts": "在途收款",
        "Accounts payable": "应付会计",
        "Managing director": "总经理",
        "Head of finance": "财务总监",
        # Money
        "Not worth another call.": "金额太小，不值得再打电话。",
        "They kept back the bank's charges.": "对方扣了银行手续费。",
        "On account": "预收货款",
        "Mornings": "上午",
        "Trade register report": "工商登记报告",
        "Half of the shelves were empty.": "货架有一半是空的。",
        "Busy, two lorries were being loaded.": "很忙，有两辆货车正在装货。",
        "Its biggest buyer has filed for insolvency": "其最大的买家已申请破产",
        # Talks
        "The phone rang out.": "电话无人接听。",
        "Waits for money from its own customers.": "在等自己客户的回款。",
        "Says everybody pays them late.": "说所有客户都拖欠他们。",
        "Billed at the old price list.": "按旧价目表开了票。",
        "Two of seven pallets have not come.": "七个托盘中有两个未到货。",
        "Scratches, says the customer; photos show none.": (
            "客户说有划痕，照片上看不到。"
        ),
        "A rebate was promised at the fair.": "展会上答应过返利。",
        "The hall is half empty.": "厂房空了一半。",
        "Transferred yesterday, they say.": "对方说昨天已汇款。",
        "Works holidays, everybody is away.": "厂休，所有人都不在。",
        "A new copy of the invoice is in the post.": "新的发票副本已寄出。",
        # Papers
        "Harbour Bank": "港湾银行",
        "Castle Collections": "城堡催收公司",
        "A credit note of last month is missing.": "上月的一张红字发票没有入账。",
        "Deposit": "定金",
        "Delivery": "到货款",
        "Retention": "质保金",
        # Orders
        "Needs the goods for its own fair.": "客户自己办展会急需这批货。",
        "Has paid as promised for years.": "多年来都按承诺付款。",
        "Agreed with the first order.": "首次下单时约定。",
        "Has paid on time for a year.": "一年来按时付款。",
        "Asked for by sales; the register shows no doubt.": (
            "销售申请；工商登记无异常。"
        ),
        "Wants to order more.": "希望增加订货。",
        "They say the money comes next month.": "对方说下个月付款。",
        "First the invoice of last quarter.": "先付清上季度的发票。",
        "Good customer, the invoice was late.": "客户信誉好，是我方开票晚了。",
        "They collect it with their own lorry on Friday.": (
            "客户周五派自己的货车来提货。"
        ),
        # Reminders
        "Spoken to them on the phone.": "已经电话沟通过。",
        "We pay with the next run on Thursday.": "我们会在周四的付款批次中支付。",
        "Read: they pay on Thursday.": "已读：对方周四付款。",
        "Please send us a copy of the invoice.": "请给我们寄一份发票副本。",
        "We have not had all of the goods yet.": "我们还没有收到全部货物。",
        # Commission
        "Reps %(year)s": "业务员 %(year)s",
        "Agents": "代理商",
        "When is last month's commission paid?": "上个月的提成什么时候发？",
        "Why is it less than the month before?": "为什么比前一个月少？",
        "Some of the money came five weeks late: factor 0.5.": (
            "有些款晚到了五周：系数0.5。"
        ),
    },
)
