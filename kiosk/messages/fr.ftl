### The words of the customer's screens in French, with the ids and variables of en.ftl.
### A no-break space (U+00A0) stands before : ! ? and after n°.

## The choice of a language

own-name = Français

## The machine starts

starting-heading = Démarrage
starting-body = Un instant, s’il vous plaît.

## Nobody stands before the machine

attract-call = Touchez pour choisir
attract-pay = Payez avec WeChat

## The catalogue

choose = Choisissez un article
sold-out = Épuisé
unavailable = Indisponible
page = Page { $page } sur { $pages }

## The keypad: $number as it was typed

keypad-heading = Saisissez le numéro
keypad-no-item = Aucun article n° { $number }

## One item: $price with its sign, $slot as on the shelf

buy = Payer { $price }
slot = N° { $slot }

## The order is being placed

preparing-heading = Commande en cours
preparing-body = Le QR code s’affiche dans un instant.

## The QR code

scan = Scannez avec WeChat
wechat-pay = WeChat Pay
seconds-left =
    { $seconds ->
        [one] Encore { $seconds } seconde
       *[other] Encore { $seconds } secondes
    }
cancel = Annuler
code-unreadable = Le QR code ne peut pas s’afficher. Veuillez annuler.

## The code is gone, WeChat is asked once more

checking-heading = Vérification en cours
checking-body = Nous interrogeons WeChat. Veuillez ne pas payer maintenant.

## Paid: the three steps, then the machine about to start, then the motor turning

step-paid = Payé
step-vending = En cours
step-take = À retirer
paid-heading = Paiement reçu
paid-body = La distribution va commencer.
vending-heading = Votre article arrive
vending-body = Un instant, s’il vous plaît.

## The item fell

farewell-heading = Retirez votre article
farewell-body = Merci !

## Something went wrong: what happened

not-vended-heading = Article non délivré
not-vended-body = L’article n’est pas tombé.
in-doubt-heading = Article tombé ?
in-doubt-body = Vous avez payé { $price }, mais nous ne savons pas si l’article est tombé. Nous allons vérifier. S’il n’est pas tombé, cette somme vous sera remboursée via WeChat.
in-doubt-refund-body = Nous ne savons pas si l’article est tombé.
paid-too-late-heading = Paiement trop tardif
paid-too-late-body = La commande était déjà close lors du paiement : aucun article n’a été délivré.
gateway-down-heading = WeChat Pay injoignable
gateway-down-body = Rien n’a été débité. Veuillez réessayer plus tard.
order-refused-heading = La commande a échoué
order-refused-body = WeChat ne l’a pas acceptée. Rien n’a été débité. Veuillez réessayer plus tard.
machine-fault-heading = Panne du distributeur
machine-fault-body = Veuillez ne pas payer. Si vous avez déjà payé, la somme vous sera remboursée via WeChat.
slot-blocked-heading = Article indisponible
slot-blocked-body = Rien n’a été débité. Veuillez choisir un autre article.

## Something went wrong: what happens to the money

refund-owed = L’exploitant vous remboursera { $price } via WeChat.
refund-under-way = Remboursement de { $price } en cours via WeChat.
refund-arrival = Comptez quelques minutes sur le solde WeChat, jusqu’à trois jours ouvrés sur une carte bancaire.
refund-done = Remboursement de { $price } effectué : veuillez consulter votre WeChat.
refunded = Remboursé

## Help from a person

order-number = Numéro de commande
telephone = Téléphone
show-number = Pour obtenir de l’aide, indiquez le numéro de commande.

## The machine does not sell

out-of-service = Hors service
outage-board-down = Le mécanisme de distribution ne répond pas.
outage-log-down = Les commandes ne peuvent pas être enregistrées.
outage-gateway-down = WeChat Pay est injoignable.
outage-clock-wrong = L’horloge du distributeur n’est pas à l’heure.
outage-nothing-to-sell = Il n’y a plus rien à acheter.
outage-stopping = Le distributeur s’arrête.
outage-service = Maintenance en cours. De retour dans quelques minutes.

## Ways out

back = Retour
close = Fermer
