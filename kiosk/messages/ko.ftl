### The words of the customer's screens in Korean, with the ids and variables of en.ftl.
### A price is read as "...위안", so 을 and 이 follow it.

## The choice of a language

own-name = 한국어

## The machine starts

starting-heading = 시작하는 중입니다
starting-body = 잠시만 기다려 주세요.

## Nobody stands before the machine

attract-call = 터치하여 선택하세요
attract-pay = 위챗페이로 결제하세요

## The catalogue

choose = 상품을 선택해 주세요
sold-out = 품절
unavailable = 판매 중지
page = { $page }/{ $pages }페이지

## The keypad: $number as it was typed

keypad-heading = 번호를 입력해 주세요
keypad-no-item = { $number }번 상품이 없습니다

## One item: $price with its sign, $slot as on the shelf

buy = { $price } 구매
slot = { $slot }번

## The order is being placed

preparing-heading = 주문 처리 중입니다
preparing-body = 곧 QR 코드가 표시됩니다.

## The QR code

scan = 위챗으로 스캔하세요
wechat-pay = 위챗페이
seconds-left = { $seconds }초 남음
cancel = 취소
code-unreadable = QR 코드를 표시할 수 없습니다. 취소해 주세요.

## The code is gone, WeChat is asked once more

checking-heading = 결제 확인 중입니다
checking-body = 위챗에 확인하고 있습니다. 지금은 결제하지 마세요.

## Paid: the three steps, then the machine about to start, then the motor turning

step-paid = 결제 완료
step-vending = 나오는 중
step-take = 받으세요
paid-heading = 결제가 확인되었습니다
paid-body = 곧 상품이 나옵니다.
vending-heading = 상품이 나오고 있습니다
vending-body = 잠시만 기다려 주세요.

## The item fell

farewell-heading = 상품을 가져가세요
farewell-body = 감사합니다!

## Something went wrong: what happened

not-vended-heading = 상품이 나오지 않았습니다
not-vended-body = 상품이 나오지 않았습니다.
in-doubt-heading = 상품이 나왔나요?
in-doubt-body = { $price }을 결제하셨지만 상품이 나왔는지 확인하지 못했습니다. 다시 확인하여, 상품이 나오지 않았으면 고객님의 위챗으로 환불해 드리겠습니다.
in-doubt-refund-body = 상품이 나왔는지 확인하지 못했습니다.
paid-too-late-heading = 주문이 종료되었습니다
paid-too-late-body = 주문이 종료된 뒤에 결제되어 상품이 나오지 않았습니다.
gateway-down-heading = 위챗페이 연결 불가
gateway-down-body = 결제된 금액은 없습니다. 잠시 후 다시 시도해 주세요.
order-refused-heading = 주문하지 못했습니다
order-refused-body = 위챗에서 주문이 접수되지 않았습니다. 결제된 금액은 없습니다. 잠시 후 다시 시도해 주세요.
machine-fault-heading = 기기 고장
machine-fault-body = 결제하지 마세요. 이미 결제하셨다면 고객님의 위챗으로 환불됩니다.
slot-blocked-heading = 현재 판매하지 않습니다
slot-blocked-body = 결제된 금액은 없습니다. 다른 상품을 선택해 주세요.

## Something went wrong: what happens to the money

refund-owed = 운영자가 { $price }을 고객님의 위챗으로 환불해 드립니다.
refund-under-way = { $price }을 고객님의 위챗으로 환불하고 있습니다.
refund-arrival = 잔액 결제는 몇 분 안에, 은행 카드 결제는 영업일 기준 3일 이내에 환불됩니다.
refund-done = { $price }이 환불되었습니다. 위챗에서 확인해 주세요.
refunded = 환불되었습니다

## Help from a person

order-number = 주문 번호
telephone = 문의 전화
show-number = 문의하실 때 주문 번호를 알려 주세요.

## The machine does not sell

out-of-service = 이용할 수 없습니다
outage-board-down = 상품 배출 장치가 응답하지 않습니다.
outage-log-down = 주문을 기록할 수 없습니다.
outage-gateway-down = 위챗페이에 연결할 수 없습니다.
outage-clock-wrong = 기기의 시계가 맞지 않습니다.
outage-nothing-to-sell = 구매할 수 있는 상품이 없습니다.
outage-stopping = 기기가 종료되고 있습니다.
outage-service = 기기를 점검하고 있습니다. 몇 분 후 다시 운영합니다.

## Ways out

back = 뒤로
close = 닫기
