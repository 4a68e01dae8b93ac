### The words of the customer's screens in Japanese, with the ids and variables of en.ftl.

## The choice of a language

own-name = 日本語

## The machine starts

starting-heading = 起動中です
starting-body = しばらくお待ちください。

## Nobody stands before the machine

attract-call = 画面にタッチしてください
attract-pay = お支払いはWeChat Payで

## The catalogue

choose = 商品をお選びください
sold-out = 売り切れ
unavailable = 販売休止中
page = { $page }/{ $pages }ページ

## The keypad: $number as it was typed

keypad-heading = 番号を入力してください
keypad-no-item = { $number }番の商品はありません

## One item: $price with its sign, $slot as on the shelf

buy = { $price }で購入
slot = { $slot }番

## The order is being placed

preparing-heading = ご注文を処理中です
preparing-body = まもなくQRコードを表示します。

## The QR code

scan = WeChatでスキャン
wechat-pay = WeChat Pay
seconds-left = 残り{ $seconds }秒
cancel = キャンセル
code-unreadable = QRコードを表示できません。キャンセルしてください。

## The code is gone, WeChat is asked once more

checking-heading = お支払いを確認中です
checking-body = WeChatに確認しています。今はお支払いをしないでください。

## Paid: the three steps, then the machine about to start, then the motor turning

step-paid = 支払い済み
step-vending = ご用意中
step-take = お受け取り
paid-heading = お支払い完了です
paid-body = まもなく商品をお出しします。
vending-heading = 商品をお出ししています
vending-body = しばらくお待ちください。

## The item fell

farewell-heading = 商品をお取りください
farewell-body = ありがとうございました。

## Something went wrong: what happened

not-vended-heading = 商品が出ませんでした
not-vended-body = 商品が出ませんでした。
in-doubt-heading = 商品は出ましたか？
in-doubt-body = { $price }のお支払い後、商品が出たか確認できませんでした。調査のうえ、商品が出ていなかった場合は、代金をお客様のWeChatに返金します。
in-doubt-refund-body = 商品が出たか確認できませんでした。
paid-too-late-heading = ご注文は終了しています
paid-too-late-body = ご注文の終了後にお支払いいただいたため、商品は出ていません。
gateway-down-heading = WeChat Payに接続できません
gateway-down-body = 代金は引き落とされていません。後ほどもう一度お試しください。
order-refused-heading = 注文できませんでした
order-refused-body = WeChatがご注文を受け付けませんでした。代金は引き落とされていません。後ほどもう一度お試しください。
machine-fault-heading = 機械の故障です
machine-fault-body = お支払いをしないでください。お支払い済みの場合、代金はお客様のWeChatに返金されます。
slot-blocked-heading = 現在販売していません
slot-blocked-body = 代金は引き落とされていません。ほかの商品をお選びください。

## Something went wrong: what happens to the money

refund-owed = 運営者が{ $price }をお客様のWeChatに返金します。
refund-under-way = { $price }は、お客様のWeChatへの返金手続き中です。
refund-arrival = 残高払いは数分、銀行カード払いは3営業日以内に反映されます。
refund-done = { $price }を返金しました。WeChatでご確認ください。
refunded = 返金済みです

## Help from a person

order-number = 注文番号
telephone = お問い合わせ電話
show-number = お問い合わせの際は、注文番号をお知らせください。

## The machine does not sell

out-of-service = ただいま休止中です
outage-board-down = 商品の搬出装置が応答しません。
outage-log-down = ご注文を記録できません。
outage-gateway-down = WeChat Payに接続できません。
outage-clock-wrong = 機械の時計が合っていません。
outage-nothing-to-sell = 販売できる商品がありません。
outage-stopping = 機械を停止しています。
outage-service = ただいま点検中です。数分後に再開します。

## Ways out

back = 戻る
close = 閉じる
