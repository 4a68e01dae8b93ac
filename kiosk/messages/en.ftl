### The words of the customer's screens in English. Ids and variables are the same in every
### language, in the same order: a test compares them.

## The choice of a language

own-name = English

## The machine starts

starting-heading = Starting
starting-body = One moment, please.

## Nobody stands before the machine

attract-call = Touch to choose
attract-pay = Pay with WeChat

## The catalogue

choose = Choose an item
sold-out = Sold out
unavailable = Unavailable
page = Page { $page } of { $pages }

## The keypad: $number as it was typed

keypad-heading = Enter the number
keypad-no-item = No item has number { $number }

## One item: $price with its sign, $slot as on the shelf

buy = Buy for { $price }
slot = No. { $slot }

## The order is being placed

preparing-heading = Placing your order
preparing-body = The QR code will be here in a moment.

## The QR code

scan = Scan with WeChat
wechat-pay = WeChat Pay
seconds-left =
    { $seconds ->
        [one] { $seconds } second left
       *[other] { $seconds } seconds left
    }
cancel = Cancel
code-unreadable = The QR code cannot be shown. Please cancel.

## The code is gone, WeChat is asked once more

checking-heading = Checking your payment
checking-body = We are asking WeChat. Please do not pay now.

## Paid: the three steps, then the machine about to start, then the motor turning

step-paid = Paid
step-vending = Coming
step-take = Take it
paid-heading = Payment received
paid-body = The machine is about to start.
vending-heading = Your item is coming
vending-body = One moment, please.

## The item fell

farewell-heading = Take your item
farewell-body = Thank you!

## Something went wrong: what happened

not-vended-heading = Nothing fell
not-vended-body = The item did not fall.
in-doubt-heading = Did it fall?
in-doubt-body = You paid { $price }, and we could not see the item fall. We will look into it. If it did not fall, the money returns to your WeChat.
in-doubt-refund-body = We could not see the item fall.
paid-too-late-heading = Paid too late
paid-too-late-body = The order had ended before you paid, so nothing was sold.
gateway-down-heading = WeChat Pay is unreachable
gateway-down-body = Nothing was charged. Please try again later.
order-refused-heading = The order failed
order-refused-body = WeChat did not accept it. Nothing was charged. Please try again later.
machine-fault-heading = Machine fault
machine-fault-body = Please do not pay. If you have paid, the money will return to your WeChat.
slot-blocked-heading = Not for sale right now
slot-blocked-body = Nothing was charged. Please choose another item.

## Something went wrong: what happens to the money

refund-owed = The operator will return your { $price } to your WeChat.
refund-under-way = Your { $price } is on its way back to your WeChat.
refund-arrival = A WeChat balance gets it within minutes, a bank card within three working days.
refund-done = Your { $price } has been returned: please look at your WeChat.
refunded = Refunded

## Help from a person

order-number = Order number
telephone = Telephone
show-number = Give the order number when you ask for help.

## The machine does not sell

out-of-service = Out of service
outage-board-down = The vending unit does not answer.
outage-log-down = Orders cannot be recorded.
outage-gateway-down = WeChat Pay cannot be reached.
outage-clock-wrong = The machine's clock is wrong.
outage-nothing-to-sell = Nothing is left to buy.
outage-stopping = The machine is shutting down.
outage-service = The machine is being serviced. It will be back in a few minutes.

## Ways out

back = Back
close = Close
