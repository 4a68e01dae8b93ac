//! Customers who look around: what is shown to nobody, pages, the keypad, the languages.

use super::dialogue::check;

#[test]
fn what_there_is_is_shown_to_nobody_in_particular() {
    check(
        "
        attract after 60         -                            -                       starting
        board up                 -                            -                       catalogue
        pass 58                  -                            -                       catalogue
        pass 1                   -                            -                       attract
        pass 1000                -                            -                       attract
        wake                     -                            -                       catalogue
        pass 59                  -                            -                       catalogue
        touch 9                  -                            -                       catalogue
        pass 59                  -                            -                       catalogue
        pass 1                   -                            -                       attract
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        pass 80                  -                            -                       payment
        cancel                   order_abandoned              query                   catalogue
        not paid                 -                            -                       catalogue
        pass 59                  -                            -                       catalogue
        pass 1                   -                            -                       attract
        board down               -                            alarm                   out board
        pass 60                  -                            -                       out board
        ",
    );
}

#[test]
fn nobody_is_not_there_while_somebody_looks_around() {
    check(
        "
        attract after 10         -                            -                       starting
        board up                 -                            -                       catalogue
        english                  -                            -                       catalogue english
        wait 44                  -                            -                       catalogue english
        wait 1                   -                            -                       attract
        wake                     -                            -                       catalogue
        languages                -                            -                       catalogue languages
        wait 14                  -                            -                       catalogue languages
        wait 1                   -                            -                       attract
        ",
    );
}

#[test]
fn an_item_is_looked_at_before_it_is_bought() {
    check(
        "
        product page             -                            -                       starting
        touch 1                  -                            -                       starting
        board up                 -                            -                       catalogue
        buy 1                    -                            -                       catalogue
        touch 1                  -                            -                       product 1
        buy 2                    -                            -                       product 1
        back                     -                            -                       catalogue
        touch 2                  -                            -                       product 2
        wait 44                  -                            -                       product 2
        languages                -                            -                       product 2 languages
        languages                -                            -                       product 2
        wait 44                  -                            -                       product 2
        wait 1                   -                            -                       catalogue
        touch 2                  -                            -                       product 2
        buy 2                    order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        ",
    );
}

#[test]
fn what_is_gone_meanwhile_is_not_looked_at_any_more() {
    check(
        "
        product page             -                            -                       starting
        board up                 -                            -                       catalogue
        touch 2                  -                            -                       product 2
        jsapi 2                  order_created                open_order              catalogue sold_out 2
        touch 2                  -                            -                       catalogue sold_out 2
        touch 1                  -                            -                       product 1
        opened                   order_opened                 order                   product 1
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        back                     -                            -                       catalogue sold_out 2
        ",
    );
}

#[test]
fn a_number_is_typed() {
    check(
        "
        digit 1                  -                            -                       starting
        keypad                   -                            -                       starting
        with keypad              -                            -                       starting
        keypad                   -                            -                       starting
        board up                 -                            -                       catalogue
        digit 1                  -                            -                       catalogue
        erase                    -                            -                       catalogue
        keypad                   -                            -                       keypad \"\"
        digit 0                  -                            -                       keypad \"0\"
        digit 0                  -                            -                       keypad \"0\"
        digit 2                  -                            -                       keypad \"02\" finds 2
        keypad                   -                            -                       keypad \"02\" finds 2
        digit 3                  -                            -                       keypad \"023\"
        page 1                   -                            -                       keypad \"023\"
        erase                    -                            -                       keypad \"02\" finds 2
        erase                    -                            -                       keypad \"0\"
        erase                    -                            -                       keypad \"\"
        erase                    -                            -                       keypad \"\"
        digit 10                 -                            -                       keypad \"\"
        digit 9                  -                            -                       keypad \"9\"
        digit 9                  -                            -                       keypad \"99\"
        digit 9                  -                            -                       keypad \"999\"
        digit 9                  -                            -                       keypad \"9999\"
        digit 9                  -                            -                       keypad \"99999\"
        digit 9                  -                            -                       keypad \"99999\"
        back                     -                            -                       catalogue
        keypad                   -                            -                       keypad \"\"
        digit 2                  -                            -                       keypad \"2\" finds 2
        touch 2                  order_created                open_order              preparing
        digit 1                  -                            -                       preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        back                     -                            -                       catalogue sold_out 2
        keypad                   -                            -                       keypad \"\"
        digit 2                  -                            -                       keypad \"2\" finds 2 sold_out
        touch 2                  -                            -                       keypad \"2\" finds 2 sold_out
        wait 45                  -                            -                       catalogue sold_out 2
        ",
    );
}

#[test]
fn a_number_leads_to_a_page_and_that_to_the_catalogue() {
    check(
        "
        with keypad              -                            -                       starting
        product page             -                            -                       starting
        board up                 -                            -                       catalogue
        keypad                   -                            -                       keypad \"\"
        digit 1                  -                            -                       keypad \"1\" finds 1
        touch 1                  -                            -                       product 1
        back                     -                            -                       catalogue
        ",
    );
}

#[test]
fn languages_are_chosen_at_any_time_and_disturb_no_sale() {
    check(
        "
        languages                -                            -                       starting languages
        languages                -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        languages                -                            -                       preparing languages
        opened                   order_opened                 -                       payment languages
        wait 14                  -                            query                   payment languages
        not paid                 -                            -                       payment languages
        wait 1                   -                            -                       payment
        languages                -                            -                       payment languages
        japanese                 -                            -                       payment ja
        languages                -                            -                       payment ja languages
        notify                   paid vend_requested          vend success            vending ja
        languages                -                            -                       vending ja languages
        vended                   vend_succeeded               -                       farewell ja
        idle                     -                            -                       farewell ja
        wait 6                   -                            -                       catalogue
        ",
    );
}

#[test]
fn the_customer_sees_when_the_motor_turns() {
    check(
        "
        twin                     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        started                  -                            -                       preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        other started               -                            -                       vending
        started                  -                            -                       vending turning
        no drop                  vend_failed vend_requested   vend alarm              vending turning
        vended                   vend_succeeded               -                       farewell
        ",
    );
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn the_cheapest_may_come_first() {
    check(
        "
        twin                     -                            -                       starting
        list                     -                            -                       starting
        board up                 -                            -                       catalogue 1 Cola 2 Water 3 Cola
        cheapest first           -                            -                       starting
        board up                 -                            -                       catalogue 2 Water 1 Cola 3 Cola
        ",
    );
}

#[test]
fn names_are_told_in_more_languages_than_the_log_has() {
    check(
        "
        names                    -                            -                       starting
        board up                 -                            -                       catalogue
        list                     -                            -                       catalogue 1 Cola 2 Water
        japanese                 -                            -                       catalogue 1 コーラ 2 Water ja
        touch 1                  order_created                open_order              preparing 1 コーラ ja
        ",
    );
}
