//! Two slots with the same item: the second is asked once when the first surely failed.

use super::dialogue::check;

#[test]
fn a_twin_gives_what_the_first_did_not() {
    check(
        "
        twin                     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed vend_requested   vend alarm              vending
        first: no drop           -                            -                       vending
        idle                     -                            -                       vending
        vended                   vend_succeeded               -                       farewell
        wait 7                   -                            -                       catalogue blocked 1
        touch 3                  order_created                open_order              preparing
        ",
    );
}

#[test]
fn there_is_no_third_try() {
    check(
        "
        twin                     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 3                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed vend_requested   vend alarm              vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        wait 21                  -                            query_refunds                catalogue blocked 1 blocked 3
        ",
    );
}

#[test]
fn a_doubt_about_the_twin_is_a_doubt() {
    check(
        "
        twin                     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed vend_requested   vend alarm              vending
        first: vended            -                            alarm                   vending
        unknown                  vend_unknown refund_owed     alarm alarm             sorry in_doubt_owed
        vended                   -                            alarm                   sorry in_doubt_owed
        ",
    );
}

#[test]
fn a_twin_that_cannot_sell_is_not_asked() {
    check(
        "
        twin                     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        sensor 2 blocked         -                            -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        ",
    );
}

#[test]
fn what_failed_before_a_restart_is_paid_back_at_once() {
    check(
        "
        twin                     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        restart                  started                      recall                  starting
        board up                 -                            -                       catalogue
        no drop                  vend_failed refund_owed      alarm alarm             catalogue blocked 1
        ",
    );
}

#[test]
fn an_outcome_that_waited_for_the_log_asks_no_twin() {
    // The loop keeps what the board said while nothing can be recorded, and tells it after.
    check(
        "
        twin                     -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        log down                 -                            alarm                   vending
        wait 7200                -                            -                       vending
        log up                   -                            -                       vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        ",
    );
}
