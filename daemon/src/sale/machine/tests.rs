//! Every path of a sale as a dialogue: what is heard, then what is recorded, asked and shown.
//!
//! After every single step the program is killed and started again on what was recorded so far, and
//! the promises are checked on what it does then.

mod audit;
mod browsing;
mod dialogue;
mod micropay;
mod refunds;
mod remote;
mod trouble;
mod twins;

use dialogue::check;

#[test]
fn an_item_is_sold() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        idle                     -                            -                       farewell
        wait 7                   -                            -                       catalogue
        ",
    );
}

#[test]
fn polling_alone_is_enough() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        later 9 sweep            -                            query                   payment
        not paid                 -                            -                       payment
        later 9 sweep            -                            query                   payment
        found paid               paid vend_requested          vend                    vending
        vended                   vend_succeeded               -                       farewell
        notify                   -                            alarm success           farewell
        ",
    );
}

#[test]
fn without_a_scheduler_the_sweep_is_made_all_the_same() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        wait 11                  -                            query                   payment
        found paid               paid vend_requested          vend                    vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn a_repeated_payment_changes_nothing() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        notify                   -                            alarm success           vending
        found paid               -                            -                       vending
        vended                   vend_succeeded               -                       farewell
        notify                   -                            alarm success           farewell
        vended                   -                            -                       farewell
        ",
    );
}

#[test]
fn a_notify_before_the_answer_is_a_payment() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        notify                   paid vend_requested          vend success            vending
        opened                   -                            -                       vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn forged_and_foreign_payments_change_nothing() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify too little        -                            alarm fail              payment
        notify other merchant    -                            alarm fail              payment
        notify dollars           -                            alarm fail              payment
        notify micropay          -                            alarm fail              payment
        notify unknown order     -                            alarm fail              payment
        notify                   paid vend_requested          vend success            vending
        notify other payment     -                            alarm fail              vending
        ",
    );
}

#[test]
fn one_payment_does_not_pay_for_two_orders() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        idle                     -                            -                       farewell
        back                     -                            -                       catalogue
        touch 2                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify used payment      -                            alarm fail              payment
        ",
    );
}

#[test]
fn nothing_fell() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        notify                   -                            alarm success           sorry not_vended
        vended                   -                            alarm                   sorry not_vended
        wait 21                  -                            query_refunds                catalogue blocked 1
        touch 1                  -                            -                       catalogue blocked 1
        touch 2                  order_created                open_order              preparing
        ",
    );
}

#[test]
fn nobody_knows_whether_it_fell() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        unknown                  vend_unknown refund_owed     alarm alarm             sorry in_doubt_owed
        ",
    );
}

#[test]
fn a_technician_may_end_the_doubt() {
    check(
        "
        in doubt: technician     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        unknown                  vend_unknown                 alarm                   sorry in_doubt
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        ",
    );
}

#[test]
fn a_board_that_falls_silent_is_given_up() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        wait 31                  vend_unknown refund_owed     alarm alarm alarm       sorry in_doubt_owed
        ",
    );
}

#[test]
fn a_cancelled_order_is_asked_for_and_closed() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        not paid                 -                            -                       catalogue
        later 311 sweep          -                            query                   catalogue
        not paid                 -                            close                   catalogue
        closed                   order_closed                 -                       catalogue
        notify                   paid refund_owed             alarm success           sorry too_late
        ",
    );
}

#[test]
fn a_payment_after_cancel_goes_back() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        found paid               paid refund_owed             alarm                   sorry too_late
        notify                   -                            alarm success           sorry too_late
        back                     -                            -                       catalogue
        ",
    );
}

#[test]
fn a_late_payment_does_not_disturb_the_next_customer() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        keep 1                   -                            -                       catalogue
        touch 2                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify kept              paid refund_owed             alarm success           payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn a_payment_in_the_grace_counts() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        later 89 sweep           -                            query                   payment
        wait 1                   -                            query                   checking
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn a_payment_after_the_grace_goes_back() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        later 89 sweep           -                            query                   payment
        wait 1                   -                            query                   checking
        not paid                 -                            -                       checking
        later 2 sweep            -                            query                   checking
        not paid                 -                            -                       checking
        later 2 sweep            -                            query                   checking
        not paid                 -                            -                       checking
        wait 3                   order_abandoned              query                   catalogue
        notify                   paid refund_owed             alarm success           sorry too_late
        ",
    );
}

#[test]
fn a_gateway_that_is_away_is_told_to_the_customer() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        open: no answer          order_abandoned              alarm query             sorry gateway_down
        query: no answer         -                            -                       sorry gateway_down
        back                     -                            -                       out gateway
        touch 2                  -                            -                       out gateway
        later 6 sweep            -                            query                   out gateway
        not found                order_closed                 -                       catalogue
        touch 1                  order_created                open_order              preparing
        ",
    );
}

#[test]
fn an_order_that_wechat_refuses_is_over() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        open: NOAUTH             order_refused                alarm                   sorry refused
        ",
    );
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        open: ORDERPAID          order_abandoned              alarm query             sorry refused
        found paid               paid refund_owed             alarm                   sorry too_late
        ",
    );
}

#[test]
fn a_port_that_died_does_not_hold_the_customer() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        wait 15                  order_abandoned              query                   sorry gateway_down
        opened                   -                            -                       sorry gateway_down
        ",
    );
}

#[test]
fn no_qr_that_cannot_be_served() {
    check(
        "
        wait 1                   -                            -                       starting
        touch 1                  -                            -                       starting
        board down               -                            alarm                   out board
        board down               -                            -                       out board
        touch 1                  -                            -                       out board
        board up                 -                            -                       catalogue
        sensor 0 blocked         -                            -                       catalogue
        touch 1                  -                            -                       sorry slot
        back                     -                            -                       catalogue
        sensor 0 clear           -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        board down               order_abandoned              alarm query             sorry machine
        opened                   -                            -                       sorry machine
        ",
    );
}

#[test]
fn a_board_that_goes_while_the_qr_is_shown_takes_it_away() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        board down               order_abandoned              alarm query             sorry machine
        found paid               paid refund_owed             alarm                   sorry not_vended
        ",
    );
}

#[test]
fn a_sensor_that_is_blocked_while_the_qr_is_shown_sends_the_money_back() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        sensor 0 blocked         -                            -                       payment
        notify                   paid refund_owed             alarm success           sorry not_vended
        ",
    );
}

#[test]
fn what_is_sold_out_cannot_be_chosen() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 2                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        back                     -                            -                       catalogue sold_out 2
        touch 2                  -                            -                       catalogue sold_out 2
        touch 9                  -                            -                       catalogue sold_out 2
        ",
    );
}

#[test]
fn a_second_finger_does_nothing() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        touch 1                  -                            -                       preparing
        touch 2                  -                            -                       preparing
        cancel                   -                            -                       preparing
        opened                   order_opened                 -                       payment
        touch 2                  -                            -                       payment
        notify                   paid vend_requested          vend success            vending
        cancel                   -                            -                       vending
        back                     -                            -                       vending
        ",
    );
}

#[test]
fn a_broken_log_stops_the_selling_and_lets_go() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        log down                 -                            alarm                   out log
        log down                 -                            -                       out log
        notify                   -                            fail                    out log
        touch 2                  -                            -                       out log
        log up                   -                            -                       catalogue
        wait 0                   order_abandoned              query                   catalogue
        notify                   paid refund_owed             alarm success           sorry too_late
        ",
    );
}

#[test]
fn a_stop_lets_the_motor_finish() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        stop                     -                            -                       vending
        vended                   vend_succeeded               -                       farewell
        back                     -                            -                       out stopping
        touch 2                  -                            -                       out stopping
        ",
    );
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        stop                     order_abandoned              query                   out stopping
        ",
    );
}

#[test]
fn a_refund_by_somebody_else_is_alarmed() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        found refunded           order_closed                 alarm                   catalogue
        ",
    );
}

#[test]
fn states_that_are_not_final_decide_nothing() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        found USERPAYING         -                            -                       payment
        found ACCEPT             -                            -                       payment
        found SOMETHING_NEW      -                            -                       payment
        not found                -                            -                       payment
        query: no answer         -                            -                       payment
        found CLOSED             order_abandoned order_closed  -                      sorry refused
        ",
    );
}

#[test]
fn an_impossible_clock_sells_nothing() {
    check(
        "
        board up                 -                            -                       catalogue
        clock 1970               -                            alarm                   out clock
        touch 1                  -                            -                       out clock
        clock right              -                            -                       catalogue
        ",
    );
}

#[test]
fn a_gateway_that_goes_after_the_qr_does_not_stop_the_vend() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        query: no answer         -                            -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn the_next_customer_begins_anew() {
    check(
        "
        board up                 -                            -                       catalogue
        english                  -                            -                       catalogue english
        sensor 1 blocked         -                            -                       catalogue english
        wait 44                  -                            -                       catalogue english
        wait 1                   -                            -                       catalogue
        english                  -                            -                       catalogue english
        touch 1                  order_created                open_order              preparing english
        opened                   order_opened                 -                       payment english
        cancel                   order_abandoned              query                   catalogue
        english                  -                            -                       catalogue english
        not paid                 -                            -                       catalogue english
        ",
    );
}
