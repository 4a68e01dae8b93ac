### The words of the customer's screens in Russian, with the ids and variables of en.ftl.
### A no-break space (U+00A0) stands after № and before a dash.

## The choice of a language

own-name = Русский

## The machine starts

starting-heading = Запуск
starting-body = Подождите, пожалуйста.

## Nobody stands before the machine

attract-call = Коснитесь экрана
attract-pay = Оплата через WeChat

## The catalogue

choose = Выберите товар
sold-out = Распродано
unavailable = Недоступно
page = Стр. { $page } из { $pages }

## The keypad: $number as it was typed

keypad-heading = Введите номер
keypad-no-item = Товара № { $number } нет

## One item: $price with its sign, $slot as on the shelf

buy = Купить за { $price }
slot = № { $slot }

## The order is being placed

preparing-heading = Оформляем заказ
preparing-body = Сейчас появится QR-код.

## The QR code

scan = Сканируйте в WeChat
wechat-pay = WeChat Pay
seconds-left =
    { $seconds ->
        [one] Ещё { $seconds } секунда
        [few] Ещё { $seconds } секунды
       *[many] Ещё { $seconds } секунд
    }
cancel = Отмена
code-unreadable = Не удаётся показать QR-код. Пожалуйста, нажмите «Отмена».

## The code is gone, WeChat is asked once more

checking-heading = Проверяем оплату
checking-body = Ждём ответа WeChat. Пожалуйста, сейчас не платите.

## Paid: the three steps, then the machine about to start, then the motor turning

step-paid = Оплачено
step-vending = Выдаётся
step-take = Заберите
paid-heading = Оплата получена
paid-body = Автомат сейчас начнёт выдачу.
vending-heading = Товар выдаётся
vending-body = Подождите, пожалуйста.

## The item fell

farewell-heading = Заберите товар
farewell-body = Спасибо!

## Something went wrong: what happened

not-vended-heading = Товар не выдан
not-vended-body = Товар не выпал.
in-doubt-heading = Товар выпал?
in-doubt-body = Вы заплатили { $price }, но не удалось определить, выпал ли товар. Мы это проверим. Если товар не выпал, деньги вернутся через WeChat.
in-doubt-refund-body = Не удалось определить, выпал ли товар.
paid-too-late-heading = Оплата поступила поздно
paid-too-late-body = Заказ был закрыт до оплаты, поэтому товар не выдан.
gateway-down-heading = WeChat Pay недоступен
gateway-down-body = Деньги не списаны. Пожалуйста, попробуйте позже.
order-refused-heading = Заказ не оформлен
order-refused-body = WeChat не принял заказ. Деньги не списаны. Пожалуйста, попробуйте позже.
machine-fault-heading = Неисправность автомата
machine-fault-body = Пожалуйста, не платите. Если вы уже заплатили, деньги вернутся через WeChat.
slot-blocked-heading = Сейчас не продаётся
slot-blocked-body = Деньги не списаны. Пожалуйста, выберите другой товар.

## Something went wrong: what happens to the money

refund-owed = Владелец автомата вернёт { $price } через WeChat.
refund-under-way = Возвращаем { $price } через WeChat.
refund-arrival = На баланс — за несколько минут, на банковскую карту — до трёх рабочих дней.
refund-done = Сумма { $price } возвращена: проверьте ваш WeChat.
refunded = Деньги возвращены

## Help from a person

order-number = Номер заказа
telephone = Телефон
show-number = Обращаясь за помощью, назовите номер заказа.

## The machine does not sell

out-of-service = Автомат не работает
outage-board-down = Механизм выдачи не отвечает.
outage-log-down = Заказы не записываются.
outage-gateway-down = WeChat Pay недоступен.
outage-clock-wrong = Часы автомата показывают неверное время.
outage-nothing-to-sell = Нет товаров в продаже.
outage-stopping = Автомат выключается.
outage-service = Идёт обслуживание. Автомат заработает через несколько минут.

## Ways out

back = Назад
close = Закрыть
