//! Payment codes before the scanner: paid at once, after a password, never, or nobody knows.

use super::dialogue::check;

/// A customer who has chosen, with the machine's certificate there, then `more`.
fn check_shown(more: &str) {
    let shown = "
        certificate              -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        code                     order_abandoned order_created  query pay_by_code     preparing
        ";
    check(&format!("{shown}{more}"));
}

#[test]
fn a_code_is_paid_at_once() {
    check_shown(
        "
        code: paid               paid vend_requested          vend                    vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn a_customer_types_the_password() {
    check_shown(
        "
        code: USERPAYING         -                            -                       preparing
        later 5 sweep            -                            query                   preparing
        found USERPAYING         -                            -                       preparing
        later 5 sweep            -                            query                   preparing
        found paid               paid vend_requested          vend                    vending
        vended                   vend_succeeded               -                       farewell
        ",
    );
}

#[test]
fn a_code_that_is_refused_for_certain_ends_the_order() {
    check_shown(
        "
        code: NOTENOUGH          order_refused                alarm                   sorry refused
        ",
    );
}

#[test]
fn what_stays_unclear_is_reversed_until_it_is_done() {
    check_shown(
        "
        code: no answer          -                            -                       preparing
        later 6 sweep            -                            query                   preparing
        query: no answer         -                            -                       preparing
        later 22 sweep           -                            query                   preparing
        found USERPAYING         order_abandoned              -                       sorry refused
        later 1 sweep            -                            reverse                 sorry refused
        reverse: Y               -                            -                       sorry refused
        later 6 sweep            -                            reverse                 sorry refused
        reverse: no answer       -                            -                       sorry refused
        later 6 sweep            -                            reverse                 sorry refused
        reverse: N               order_closed                 -                       sorry refused
        ",
    );
}

#[test]
fn one_question_at_a_time_so_that_no_old_answer_follows_a_reverse() {
    check_shown(
        "
        code: USERPAYING         -                            -                       preparing
        later 6 sweep            -                            query                   preparing
        board down               order_abandoned              alarm                   sorry machine
        later 6 sweep            -                            -                       sorry machine
        found paid               -                            -                       sorry machine
        later 6 sweep            -                            reverse                 sorry machine
        reverse: N               order_closed                 -                       sorry machine
        ",
    );
}

#[test]
fn a_payment_found_too_late_is_reversed_and_not_refunded_as_well() {
    check_shown(
        "
        code: SYSTEMERROR        -                            -                       preparing
        wait 41                  order_abandoned              query                   sorry gateway_down
        found paid               -                            -                       sorry gateway_down
        later 6 sweep            -                            query reverse           sorry gateway_down
        found REVOKED            order_closed                 -                       sorry gateway_down
        ",
    );
}

#[test]
fn a_code_is_nothing_while_no_item_is_chosen() {
    check(
        "
        board up                 -                            -                       catalogue
        code                     -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        code                     -                            -                       preparing
        ",
    );
}

#[test]
fn a_restart_takes_back_what_was_on_its_way() {
    check_shown(
        "
        restart                  started order_abandoned      query query             starting
        found NOTPAY             -                            -                       starting
        later 16 sweep           -                            reverse                 out board
        reverse: N               order_closed                 -                       out board
        ",
    );
}

#[test]
fn a_reverse_that_is_refused_is_told_once() {
    check_shown(
        "
        code: SYSTEMERROR        -                            -                       preparing
        wait 41                  order_abandoned              query                   sorry gateway_down
        found NOTPAY             -                            -                       sorry gateway_down
        later 6 sweep            -                            query reverse           sorry gateway_down
        reverse: INVALID_REQUEST  -                           alarm                   sorry gateway_down
        later 6 sweep            -                            query                   sorry gateway_down
        found paid               -                            -                       sorry gateway_down
        later 6 sweep            -                            reverse                 sorry gateway_down
        reverse: INVALID_REQUEST  -                           -                       sorry gateway_down
        ",
    );
}

#[test]
fn what_is_too_old_to_be_reversed_is_refunded() {
    check_shown(
        "
        code: no answer          -                            -                       preparing
        wait 41                  order_abandoned              query                   sorry gateway_down
        query: no answer         -                            -                       sorry gateway_down
        ahead 604800 sweep       -                            -                       sorry gateway_down
        restart                  started                      query query             out board
        found paid               paid refund_owed refund_requested  alarm refund      sorry too_late refunding
        ",
    );
}

#[test]
fn a_code_is_not_charged_for_what_cannot_be_served() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        sensor 0 blocked         -                            -                       payment
        code                     -                            -                       payment
        ",
    );
}

#[test]
fn a_customer_who_shows_a_code_keeps_their_language() {
    check(
        "
        board up                 -                            -                       catalogue
        english                  -                            -                       catalogue english
        touch 1                  order_created                open_order              preparing english
        opened                   order_opened                 -                       payment english
        code                     order_abandoned order_created  query pay_by_code     preparing english
        ",
    );
}
