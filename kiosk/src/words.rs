//! Every fixed word on the screens, in both languages.

use crate::{Availability, Language, Outage, Refund, Trouble};

/// What a "sorry" screen says about one trouble.
pub(crate) struct Apology {
    /// What happened.
    pub(crate) heading: &'static str,
    /// What happened where the heading does not say it all; what happens to the money, and what to
    /// do now.
    pub(crate) body: Vec<String>,
}

impl Language {
    /// The language's own name, for those who cannot read the other one.
    pub(crate) fn own_name(self) -> &'static str {
        self.pick("中文", "English")
    }

    pub(crate) fn starting(self) -> (&'static str, &'static str) {
        self.pick(("正在启动", "请稍候"), ("Starting", "One moment, please."))
    }

    pub(crate) fn choose(self) -> &'static str {
        self.pick("请选择商品", "Choose an item")
    }

    /// The mark on an item that cannot be chosen.
    pub(crate) fn unavailable(self, availability: Availability) -> Option<&'static str> {
        match availability {
            Availability::Available => None,
            Availability::SoldOut => Some(self.pick("售罄", "Sold out")),
            Availability::Blocked => Some(self.pick("暂停销售", "Unavailable")),
        }
    }

    pub(crate) fn preparing(self) -> (&'static str, &'static str) {
        self.pick(
            ("正在下单", "请稍候，马上显示付款二维码。"),
            ("Placing your order", "The QR code will be here in a moment."),
        )
    }

    pub(crate) fn scan(self) -> &'static str {
        self.pick("微信扫一扫", "Scan with WeChat")
    }

    pub(crate) fn seconds_left(self, seconds: u16) -> String {
        match self {
            Self::Chinese => format!("剩余 {seconds} 秒"),
            Self::English => format!("{seconds} s left"),
        }
    }

    pub(crate) fn code_unreadable(self) -> &'static str {
        self.pick("二维码无法显示，请取消。", "The QR code cannot be shown. Please cancel.")
    }

    pub(crate) fn cancel(self) -> &'static str {
        self.pick("取消", "Cancel")
    }

    pub(crate) fn back(self) -> &'static str {
        self.pick("返回", "Back")
    }

    pub(crate) fn checking(self) -> (&'static str, &'static str) {
        self.pick(
            ("正在确认付款", "正在向微信查询，请不要再付款。"),
            ("Checking your payment", "We are asking WeChat. Please do not pay now."),
        )
    }

    pub(crate) fn vending(self) -> (&'static str, &'static str) {
        self.pick(
            ("正在出货", "已收到付款，请稍候。"),
            ("Your item is coming", "Payment received. One moment, please."),
        )
    }

    pub(crate) fn farewell(self) -> (&'static str, &'static str) {
        self.pick(("请取走商品", "谢谢惠顾！"), ("Take your item", "Thank you!"))
    }

    /// What happened to the order, and to the money; `price` as the customer reads it.
    pub(crate) fn apology(self, trouble: Trouble, price: &str) -> Apology {
        let (heading, happened) = match self {
            Self::Chinese => apology_zh(trouble),
            Self::English => apology_en(trouble),
        };
        let refund = trouble.refund();
        // Once the money is back, that is the news.
        let heading = if refund == Some(Refund::Done) { self.refunded() } else { heading };
        let money = refund.map_or::<&[&str], _>(&[], |refund| match self {
            Self::Chinese => refund_zh(refund),
            Self::English => refund_en(refund),
        });
        let sentences = [&happened].into_iter().chain(money);
        let said = sentences.filter(|sentence| !sentence.is_empty());
        Apology { heading, body: said.map(|sentence| sentence.replace(PRICE, price)).collect() }
    }

    fn refunded(self) -> &'static str {
        self.pick("已退款", "Refunded")
    }

    pub(crate) fn order_number(self) -> &'static str {
        self.pick("订单号", "Order number")
    }

    pub(crate) fn out_of_service(self) -> &'static str {
        self.pick("暂停服务", "Out of service")
    }

    pub(crate) fn outage(self, reason: Outage) -> &'static str {
        match reason {
            Outage::BoardDown => {
                self.pick("出货装置没有响应。", "The vending unit does not answer.")
            }
            Outage::LogDown => self.pick("无法保存订单记录。", "Orders cannot be recorded."),
            Outage::GatewayDown => {
                self.pick("暂时连不上微信支付。", "WeChat Pay cannot be reached.")
            }
            Outage::ClockWrong => self.pick("机器的时间不准确。", "The machine's clock is wrong."),
            Outage::NothingToSell => {
                self.pick("现在没有可以购买的商品。", "Nothing is left to buy.")
            }
            Outage::Stopping => self.pick("机器正在关闭。", "The machine is shutting down."),
        }
    }

    pub(crate) fn telephone(self) -> &'static str {
        self.pick("客服电话", "Telephone")
    }

    fn pick<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// Stands for the price in the texts below.
const PRICE: &str = "{price}";

/// What one trouble is called, and what happened where that does not say it all.
type Report = (&'static str, &'static str);

fn apology_zh(trouble: Trouble) -> Report {
    match trouble {
        Trouble::NotVended(Refund::Owed | Refund::UnderWay) => ("没有出货", ""),
        Trouble::NotVended(Refund::Done) => ("没有出货", "商品没有掉落。"),
        Trouble::InDoubtRefund(_) => ("无法确认出货", "我们没有看到商品掉落。"),
        Trouble::InDoubt => {
            ("无法确认出货", "您已付款 {price}。我们会核查：如果没有出货，钱会退回您的微信。")
        }
        Trouble::PaidTooLate(_) => ("付款超时", "付款时订单已超时，没有出货。"),
        Trouble::GatewayDown => ("连不上微信支付", "没有扣款。请稍后再试。"),
        Trouble::OrderRefused => ("下单未成功", "微信没有接受这个订单，没有扣款。请稍后再试。"),
        Trouble::MachineFault => ("机器故障", "请不要付款。如果已经付款，钱会退回您的微信。"),
        Trouble::SlotBlocked => ("此商品暂停销售", "没有扣款。请选择其他商品。"),
    }
}

fn apology_en(trouble: Trouble) -> Report {
    match trouble {
        Trouble::NotVended(Refund::Owed | Refund::UnderWay) => ("Nothing fell", ""),
        Trouble::NotVended(Refund::Done) => ("Nothing fell", "The item did not fall."),
        Trouble::InDoubtRefund(_) => ("Did it fall?", "We could not see the item fall."),
        Trouble::InDoubt => (
            "Did it fall?",
            "You paid {price}, and we could not see the item fall. We will look into it. \
             If it did not fall, the money returns to your WeChat.",
        ),
        Trouble::PaidTooLate(_) => {
            ("Paid too late", "The time was up before you paid, so nothing was sold.")
        }
        Trouble::GatewayDown => {
            ("WeChat Pay is unreachable", "Nothing was charged. Please try again later.")
        }
        Trouble::OrderRefused => (
            "The order failed",
            "WeChat did not accept it. Nothing was charged. Please try again later.",
        ),
        Trouble::MachineFault => (
            "Machine fault",
            "Please do not pay. If you have paid, the money will return to your WeChat.",
        ),
        Trouble::SlotBlocked => {
            ("Not for sale right now", "Nothing was charged. Please choose another item.")
        }
    }
}

/// What happens to the money.
fn refund_zh(refund: Refund) -> &'static [&'static str] {
    match refund {
        Refund::Owed => &["运营方会把 {price} 退回您的微信。"],
        Refund::UnderWay => {
            &["正在把 {price} 退回您的微信。", "零钱几分钟内到账，银行卡最多三个工作日。"]
        }
        Refund::Done => &["{price} 已退回，请在微信中查看。"],
    }
}

fn refund_en(refund: Refund) -> &'static [&'static str] {
    match refund {
        Refund::Owed => &["The operator will return your {price} to your WeChat."],
        Refund::UnderWay => &[
            "Your {price} is on its way back to your WeChat.",
            "A balance has it in minutes, a bank card within three working days.",
        ],
        Refund::Done => &["Your {price} has been returned: please look at your WeChat."],
    }
}
