//! Orders from phones: stickers and the mini-program, beside the customer at the panel.

use super::dialogue::check;

#[test]
fn a_scanned_sticker_sells() {
    check(
        "
        board up                 -                            -                       catalogue
        scan 1                   order_created                open_order              catalogue
        opened                   order_opened                 order                   catalogue
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn the_mini_program_sells() {
    check(
        "
        board up                 -                            -                       catalogue
        jsapi 1                  order_created                open_order              catalogue
        opened                   order_opened                 order                   catalogue
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        ",
    );
}

#[test]
fn what_cannot_be_served_is_not_ordered() {
    check(
        "
        scan 1                   -                            no_order:out_of_service  starting
        board up                 -                            -                       catalogue
        scan 9                   -                            no_order:no_such_slot   catalogue
        sensor 0 blocked         -                            -                       catalogue
        scan 1                   -                            no_order:blocked        catalogue
        scan 2                   order_created                open_order              catalogue sold_out 2
        scan 2                   -                            no_order:sold_out       catalogue sold_out 2
        touch 2                  -                            -                       catalogue sold_out 2
        open: SYSTEMERROR        order_abandoned              no_order:not_opened alarm query  catalogue
        ",
    );
}

#[test]
fn a_crowd_is_asked_to_wait() {
    check(
        "
        board up                 -                            -                       catalogue
        scan 1                   order_created                open_order              catalogue
        scan 1                   order_created                open_order              catalogue
        scan 1                   order_created                open_order              catalogue
        scan 1                   order_created                open_order              catalogue
        scan 1                   -                            no_order:busy           catalogue
        ",
    );
}

#[test]
fn two_payments_at_once_are_served_one_after_the_other() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        keep                     -                            -                       payment
        scan 2                   order_created                open_order              payment
        opened                   order_opened                 order                   payment
        notify                   paid vend_requested          vend success            payment
        notify kept              paid                         success                 vending
        vended                   vend_succeeded               -                       vending
        wait 0                   vend_requested               vend                    vending
        swap                     -                            -                       vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn who_waits_for_the_motor_gets_the_money_back_when_the_board_dies() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        keep                     -                            -                       payment
        scan 2                   order_created                open_order              payment
        opened                   order_opened                 order                   payment
        notify                   paid vend_requested          vend success            payment
        notify kept              paid                         success                 vending
        board down               -                            alarm                   vending
        unknown                  vend_unknown refund_owed     alarm alarm             vending
        wait 0                   refund_owed                  alarm                   sorry not_vended
        ",
    );
}

#[test]
fn an_order_from_a_phone_that_is_not_paid_ends_by_itself() {
    check(
        "
        board up                 -                            -                       catalogue
        scan 1                   order_created                open_order              catalogue
        opened                   order_opened                 order                   catalogue
        wait 97                  order_abandoned              query                   catalogue
        notify                   paid refund_owed             alarm success           sorry too_late
        ",
    );
}

#[test]
fn a_payment_of_another_kind_does_not_pay() {
    check(
        "
        board up                 -                            -                       catalogue
        jsapi 1                  order_created                open_order              catalogue
        opened                   order_opened                 order                   catalogue
        notify native            -                            alarm fail              catalogue
        notify                   paid vend_requested          vend success            vending
        ",
    );
}

#[test]
fn wechat_s_clock_is_believed() {
    check(
        "
        board up                 -                            -                       catalogue
        clock ahead 3600         -                            clock:3600 alarm        catalogue
        clock ahead 3601         -                            -                       catalogue
        clock ahead 2            -                            clock:0                 catalogue
        ",
    );
}

#[test]
fn a_scan_that_is_answered_too_late_keeps_no_item() {
    check(
        "
        board up                 -                            -                       catalogue
        scan 2                   order_created                open_order              catalogue sold_out 2
        wait 4                   order_abandoned              no_order:not_opened query  catalogue
        opened                   -                            -                       catalogue
        scan 2                   order_created                open_order              catalogue sold_out 2
        ",
    );
}

#[test]
fn whoever_waits_for_an_order_is_told_that_there_is_none() {
    check(
        "
        board up                 -                            -                       catalogue
        scan 1                   order_created                open_order              catalogue
        sensor 0 blocked         -                            -                       catalogue
        opened                   order_opened order_abandoned  query no_order:not_opened  catalogue
        sensor 0 clear           -                            -                       catalogue
        scan 1                   order_created                open_order              catalogue
        log down                 -                            alarm no_order:out_of_service  out log
        ",
    );
}

#[test]
fn with_the_log_down_the_farewell_ends_although_an_order_waits_for_the_log() {
    check(
        "
        board up                 -                            -                       catalogue
        scan 1                   order_created                open_order              catalogue
        opened                   order_opened                 order                   catalogue
        keep it                  -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        log down                 -                            alarm                   farewell
        wait 7                   -                            query                   out log
        log up                   -                            -                       catalogue
        wait 0                   order_abandoned              query                   catalogue
        ",
    );
}

#[test]
fn a_clock_at_the_limit_does_not_flap() {
    check(
        "
        board up                 -                            -                       catalogue
        clock ahead 31           -                            clock:31 alarm          catalogue
        clock ahead 29           -                            -                       catalogue
        clock ahead 31           -                            -                       catalogue
        clock ahead 0            -                            clock:0                 catalogue
        ",
    );
}
