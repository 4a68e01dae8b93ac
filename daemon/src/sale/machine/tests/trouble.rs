//! Clocks that jump, answers that contradict one another, parts that fail at the wrong moment.

use super::dialogue::check;

#[test]
fn a_payment_in_the_grace_is_found_by_asking_alone() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        later 89 sweep           -                            query                   payment
        not paid                 -                            -                       payment
        wait 1                   -                            query                   checking
        not paid                 -                            -                       checking
        later 2 sweep            -                            query                   checking
        found paid               paid vend_requested          vend                    vending
        ",
    );
}

#[test]
fn an_answer_that_was_long_on_its_way_is_old() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        later 9 sweep            -                            query                   payment
        wait 6                   -                            -                       payment
        not paid                 -                            -                       payment
        later 0 sweep            -                            query                   payment
        not paid                 -                            -                       payment
        later 1 sweep            -                            -                       payment
        ",
    );
}

#[test]
fn a_clock_that_jumps_ahead_changes_no_question() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        ahead 259200 sweep       -                            -                       payment
        later 9 sweep            -                            query                   payment
        not paid                 -                            -                       payment
        later 9 sweep            -                            query                   payment
        not paid                 -                            -                       payment
        cancel                   order_abandoned              query                   catalogue
        not found                -                            -                       catalogue
        later 60 sweep           -                            query                   catalogue
        ",
    );
}

#[test]
fn a_clock_that_falls_back_keeps_no_order_open() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        not paid                 -                            -                       catalogue
        clock 1970               -                            alarm                   out clock
        later 311 sweep          -                            query                   out clock
        not paid                 -                            close                   out clock
        ",
    );
}

#[test]
fn a_state_that_is_not_final_is_closed_all_the_same() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        not paid                 -                            -                       catalogue
        later 311 sweep          -                            query                   catalogue
        found PAYERROR           -                            close                   catalogue
        close: ORDERPAID         -                            -                       catalogue
        later 2 sweep            -                            -                       catalogue
        later 2 sweep            -                            query                   catalogue
        not paid                 -                            close                   catalogue
        close: ORDERCLOSED       order_closed                 -                       catalogue
        ",
    );
}

#[test]
fn wechat_is_not_away_for_ever() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        board down               order_abandoned              alarm query             sorry machine
        not found                order_closed                 -                       sorry machine
        open: no answer          -                            alarm                   sorry machine
        board up                 -                            -                       sorry machine
        back                     -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        ",
    );
}

#[test]
fn a_slot_is_not_blocked_for_what_is_not_its_fault() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        unknown                  vend_unknown refund_owed     alarm alarm             sorry in_doubt_owed
        back                     -                            -                       catalogue
        ",
    );
}

#[test]
fn a_payment_that_does_not_fit_is_told_once() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        found too little         -                            alarm                   payment
        found too little         -                            -                       payment
        found paid               paid vend_requested          vend                    vending
        ",
    );
}

#[test]
fn who_paid_and_waited_for_hours_gets_the_money_back() {
    // While the motor turned for another; then the log was away.
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
        log down                 -                            alarm                   vending
        wait 7200                -                            -                       vending
        log up                   -                            -                       vending
        vended                   vend_succeeded               -                       vending
        wait 0                   refund_owed                  alarm                   sorry not_vended
        ",
    );
}
