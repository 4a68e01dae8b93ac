//! Money that goes back: lost, repeated, late and contradicting answers make one refund each.

use super::dialogue::check;

/// A sale that jams on a machine with a certificate, then `more`.
fn check_jammed(more: &str) {
    let jammed = "
        certificate              -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed refund_owed refund_requested  alarm refund alarm  sorry not_vended refunding
        ";
    check(&format!("{jammed}{more}"));
}

#[test]
fn what_did_not_fall_is_paid_back() {
    check_jammed(
        "
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        later 2 sweep            -                            query_refunds           sorry not_vended refunding
        refunds: PROCESSING      -                            -                       sorry not_vended refunding
        notify refund            -                            query_refunds success   sorry not_vended refunding
        refunds: SUCCESS         refunded                     -                       sorry not_vended refunded
        notify refund            -                            success                 sorry not_vended refunded
        refunds: SUCCESS         -                            -                       sorry not_vended refunded
        ",
    );
}

#[test]
fn a_refund_without_answer_is_asked_for_again_under_its_number() {
    check_jammed(
        "
        refund: no answer        -                            -                       sorry not_vended refunding
        later 2 sweep            -                            refund                  sorry not_vended refunding
        refund: SYSTEMERROR      -                            -                       sorry not_vended refunding
        later 3 sweep            -                            refund                  sorry not_vended refunding
        refund: BIZERR_NEED_RETRY  -                          -                       sorry not_vended refunding
        later 6 sweep            -                            refund                  sorry not_vended refunding
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        refund: accepted         -                            -                       sorry not_vended refunding
        ",
    );
}

#[test]
fn an_empty_merchant_account_is_told_once_and_tried_on() {
    check_jammed(
        "
        refund: NOTENOUGH        -                            alarm                   sorry not_vended refunding
        later 2 sweep            -                            refund                  sorry not_vended refunding
        refund: NOTENOUGH        -                            -                       sorry not_vended refunding
        later 3 sweep            -                            refund                  sorry not_vended refunding
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        ",
    );
}

#[test]
fn a_restart_asks_again_under_the_same_number() {
    check_jammed(
        "
        restart                  started                      refund                  starting
        refund: accepted         refund_accepted              -                       starting
        restart                  started                      query_refunds           starting
        refunds: SUCCESS         refunded                     -                       starting
        restart                  started                      -                       starting
        ",
    );
}

#[test]
fn a_closed_refund_gets_another_number_after_a_minute() {
    check_jammed(
        "
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        refunds: REFUNDCLOSE     refund_requested             alarm                   sorry not_vended refunding
        later 60 sweep           -                            -                       sorry not_vended refunding
        later 11 sweep           -                            refund                  sorry not_vended refunding
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        refunds: REFUNDCLOSE     refund_requested             alarm                   sorry not_vended refunding
        refunds: REFUNDCLOSE     refund_handed_over           alarm                   sorry not_vended
        ",
    );
}

#[test]
fn a_refund_that_a_card_did_not_take_is_a_matter_for_people() {
    check_jammed(
        "
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        refunds: CHANGE          refund_handed_over           alarm                   sorry not_vended
        later 3 sweep            -                            query_refunds           sorry not_vended
        refunds: CHANGE          -                            -                       sorry not_vended
        refunds: SUCCESS         refunded                     -                       sorry not_vended refunded
        ",
    );
}

#[test]
fn an_account_that_is_gone_is_a_matter_for_people() {
    check_jammed(
        "
        refund: USER_ACCOUNT_ABNORMAL  refund_handed_over     alarm                   sorry not_vended
        restart                  started                      query_refunds           starting
        refunds: none            -                            -                       starting
        refunds: by hand 350     refunded                     -                       starting
        ",
    );
}

#[test]
fn what_a_person_paid_back_meanwhile_is_not_paid_back_twice() {
    check_jammed(
        "
        refund: ERROR            -                            alarm query_refunds     sorry not_vended refunding
        refunds: by hand 350     refunded                     -                       sorry not_vended refunded
        refund: accepted         -                            -                       sorry not_vended refunded
        ",
    );
}

#[test]
fn a_part_that_a_person_paid_back_is_not_all() {
    check_jammed(
        "
        refund: ERROR            -                            alarm query_refunds     sorry not_vended refunding
        refunds: by hand 100     -                            -                       sorry not_vended refunding
        ",
    );
}

#[test]
fn without_certificate_the_debt_is_a_person_s() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        later 2 sweep            -                            query_refunds           sorry not_vended
        refunds: none            -                            -                       sorry not_vended
        later 3 sweep            -                            query_refunds           sorry not_vended
        refunds: by hand 350     refunded                     -                       sorry not_vended refunded
        ",
    );
}

#[test]
fn a_certificate_that_comes_later_does_not_take_a_person_s_debt_over() {
    check(
        "
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        certificate              -                            -                       starting
        restart                  started                      query_refunds           starting
        refunds: none            -                            -                       starting
        later 3 sweep            -                            query_refunds           starting
        ",
    );
}

#[test]
fn a_late_payment_goes_back_by_itself() {
    check(
        "
        certificate              -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        notify                   paid refund_owed refund_requested  alarm refund success  sorry too_late refunding
        refund: accepted         refund_accepted              -                       sorry too_late refunding
        refunds: SUCCESS         refunded                     -                       sorry too_late refunded
        ",
    );
}

#[test]
fn a_refund_that_takes_long_is_told_to_the_operator_and_not_to_the_next_customer() {
    check_jammed(
        "
        wait 21                  -                            -                       catalogue blocked 1
        refund: no answer        -                            -                       catalogue blocked 1
        refund: no answer        -                            -                       catalogue blocked 1
        refund: no answer        -                            -                       catalogue blocked 1
        refund: no answer        -                            -                       catalogue blocked 1
        refund: no answer        -                            -                       catalogue blocked 1
        refund: no answer        -                            -                       catalogue blocked 1
        refund: no answer        -                            alarm query_refunds     catalogue blocked 1
        refund: no answer        -                            query_refunds           catalogue blocked 1
        refund: accepted         refund_accepted              -                       catalogue blocked 1
        refunds: CHANGE          refund_handed_over           alarm                   catalogue blocked 1
        ",
    );
}

#[test]
fn a_late_payment_is_news_once() {
    check(
        "
        certificate              -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        notify                   paid refund_owed refund_requested  alarm refund success  sorry too_late refunding
        back                     -                            -                       catalogue
        refund: no answer        -                            -                       catalogue
        refunds: PROCESSING      refund_accepted              -                       catalogue
        refunds: CHANGE          refund_handed_over           alarm                   catalogue
        ",
    );
}

#[test]
fn a_certificate_that_was_taken_away_leaves_the_debt_to_a_person() {
    check_jammed(
        "
        no certificate           -                            -                       starting
        restart                  started                      query_refunds           starting
        refunds: none            -                            -                       starting
        refunds: none            -                            -                       starting
        refunds: none            -                            -                       starting
        refunds: none            -                            -                       starting
        refunds: none            -                            -                       starting
        refunds: none            -                            -                       starting
        refunds: none            refund_handed_over           alarm                   starting
        ",
    );
}

#[test]
fn a_refund_that_wechat_forgot_is_asked_for_once_more_under_its_number() {
    check_jammed(
        "
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        refunds: none            -                            -                       sorry not_vended refunding
        refunds: none            -                            -                       sorry not_vended refunding
        refunds: none            -                            -                       sorry not_vended refunding
        refunds: none            -                            -                       sorry not_vended refunding
        refunds: none            -                            -                       sorry not_vended refunding
        refunds: none            -                            refund                  sorry not_vended refunding
        ",
    );
}

#[test]
fn a_refused_refund_is_asked_about_and_a_person_s_payment_is_noticed() {
    for code in ["INVALID_REQUEST", "SIGNERROR", "NOAUTH", "BRAND_NEW"] {
        check_jammed(&format!(
            "
            refund: {code}           -                        alarm query_refunds     sorry not_vended refunding
            refunds: none            -                        -                       sorry not_vended refunding
            later 10 sweep           -                        refund                  sorry not_vended refunding
            refund: {code}           -                        query_refunds           sorry not_vended refunding
            refunds: by hand 350     refunded                 -                       sorry not_vended refunded
            "
        ));
    }
}

#[test]
fn who_asks_too_often_waits_a_minute() {
    check_jammed(
        "
        refund: INVALID_REQ_TOO_MUCH  -                       -                       sorry not_vended refunding
        later 59 sweep           -                            -                       sorry not_vended refunding
        later 2 sweep            -                            refund                  sorry not_vended refunding
        ",
    );
}

#[test]
fn the_minute_between_two_refunds_is_kept_whatever_is_heard() {
    check_jammed(
        "
        refund: accepted         refund_accepted              -                       sorry not_vended refunding
        refunds: REFUNDCLOSE     refund_requested             alarm                   sorry not_vended refunding
        notify refund            -                            query_refunds success   sorry not_vended refunding
        refunds: none            -                            -                       sorry not_vended refunding
        later 60 sweep           -                            -                       sorry not_vended refunding
        later 11 sweep           -                            refund                  sorry not_vended refunding
        ",
    );
}

#[test]
fn a_late_word_about_the_order_does_not_disturb_its_refund() {
    check(
        "
        certificate              -                            -                       starting
        board up                 -                            -                       catalogue
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        cancel                   order_abandoned              query                   catalogue
        notify                   paid refund_owed refund_requested  alarm refund success  sorry too_late refunding
        close: ORDERPAID         -                            -                       sorry too_late refunding
        found refunded           -                            -                       sorry too_late refunding
        later 4 sweep            -                            -                       sorry too_late refunding
        refund: accepted         refund_accepted              -                       sorry too_late refunding
        ",
    );
}
