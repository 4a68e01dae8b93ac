### The words of the customer's screens in Chinese, with the ids and variables of en.ftl.

## The choice of a language

own-name = 中文

## The machine starts

starting-heading = 正在启动
starting-body = 请稍候。

## Nobody stands before the machine

attract-call = 触摸屏幕选购
attract-pay = 使用微信支付

## The catalogue

choose = 请选择商品
sold-out = 售罄
unavailable = 暂停销售
page = 第 { $page } / { $pages } 页

## The keypad: $number as it was typed

keypad-heading = 请输入商品编号
keypad-no-item = 没有编号为 { $number } 的商品

## One item: $price with its sign, $slot as on the shelf

buy = { $price } 购买
slot = { $slot } 号

## The order is being placed

preparing-heading = 正在下单
preparing-body = 请稍候，马上显示付款二维码。

## The QR code

scan = 微信扫一扫
wechat-pay = 微信支付
seconds-left = 剩余 { $seconds } 秒
cancel = 取消
code-unreadable = 二维码无法显示，请取消。

## The code is gone, WeChat is asked once more

checking-heading = 正在确认付款
checking-body = 正在向微信查询，现在请勿付款。

## Paid: the three steps, then the machine about to start, then the motor turning

step-paid = 已付款
step-vending = 出货中
step-take = 请取货
paid-heading = 已收到付款
paid-body = 机器马上开始出货。
vending-heading = 正在出货
vending-body = 请稍候。

## The item fell

farewell-heading = 请取走商品
farewell-body = 谢谢惠顾！

## Something went wrong: what happened

not-vended-heading = 没有出货
not-vended-body = 商品没有掉落。
in-doubt-heading = 无法确认出货
in-doubt-body = 您已付款 { $price }。我们会核查：如果没有出货，钱会退回您的微信。
in-doubt-refund-body = 无法确认商品是否掉落。
paid-too-late-heading = 订单已关闭
paid-too-late-body = 付款时订单已关闭，没有出货。
gateway-down-heading = 无法连接微信支付
gateway-down-body = 没有扣款。请稍后再试。
order-refused-heading = 下单未成功
order-refused-body = 微信没有接受这个订单，没有扣款。请稍后再试。
machine-fault-heading = 机器故障
machine-fault-body = 请不要付款。如果已经付款，钱会退回您的微信。
slot-blocked-heading = 此商品暂停销售
slot-blocked-body = 没有扣款。请选择其他商品。

## Something went wrong: what happens to the money

refund-owed = 运营方会把 { $price } 退回您的微信。
refund-under-way = 正在把 { $price } 退回您的微信。
refund-arrival = 零钱几分钟内到账，银行卡最多三个工作日。
refund-done = { $price } 已退回，请在微信中查看。
refunded = 已退款

## Help from a person

order-number = 订单号
telephone = 客服电话
show-number = 需要帮助时，请提供订单号。

## The machine does not sell

out-of-service = 暂停服务
outage-board-down = 出货装置没有响应。
outage-log-down = 无法保存订单记录。
outage-gateway-down = 暂时无法连接微信支付。
outage-clock-wrong = 机器的时间不准确。
outage-nothing-to-sell = 现在没有可以购买的商品。
outage-stopping = 机器正在关闭。
outage-service = 机器正在维护，几分钟后恢复。

## Ways out

back = 返回
close = 关闭
