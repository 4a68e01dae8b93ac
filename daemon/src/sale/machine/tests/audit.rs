//! The audit of the day before: asked for in the morning, again when it must be, told once.

use super::dialogue::check;

/// One item sold and one paid back on a morning, then `more` from 10 o'clock of the next day.
fn check_next_day(more: &str) {
    let sold = "
        board up                 -                            -                       catalogue
        touch 2                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        vended                   vend_succeeded               -                       farewell
        wait 7                   -                            -                       catalogue sold_out 2
        touch 1                  order_created                open_order              preparing
        opened                   order_opened                 -                       payment
        notify                   paid vend_requested          vend success            vending
        no drop                  vend_failed refund_owed      alarm alarm             sorry not_vended
        refunds: by hand 350     refunded                     -                       sorry not_vended refunded
        back                     -                            -                       out nothing
        later 93600 sweep        -                            -                       out nothing
        ";
    check(&format!("{sold}{more}"));
}

/// The time of the audit has come, and the bill is asked for; then `more`.
fn check_asked(more: &str) {
    let asked = "
        later 1800 audit         -                            audit                   out nothing
        ";
    check_next_day(&format!("{asked}{more}"));
}

#[test]
fn a_day_is_audited_once_in_the_next_morning() {
    check_next_day(
        "
        later 0 audit            -                            -                       out nothing
        later 1800 audit         -                            audit                   out nothing
        later 0 audit            -                            -                       out nothing
        later 1 sweep            -                            -                       out nothing
        bill: as sold            -                            tell_audit              out nothing
        later 1800 sweep         -                            -                       out nothing
        bill: as sold            -                            -                       out nothing
        later 82000 sweep        -                            -                       out nothing
        later 4400 audit         -                            audit                   out nothing
        ",
    );
}

#[test]
fn without_the_scheduler_s_word_a_sweep_or_the_loop_finds_it_due() {
    for hint in ["later 1800 sweep", "wait 1800"] {
        check_next_day(&format!(
            "
        {hint}         -                            audit                   out nothing
        bill: as sold            -                            tell_audit              out nothing
        "
        ));
    }
}

#[test]
fn a_machine_that_is_switched_on_later_audits_soon_after() {
    check_next_day(
        "
        later 18000 sweep        -                            audit                   out nothing
        restart                  started                      -                       out board
        later 1 sweep            -                            audit                   out board
        bill: as sold            -                            tell_audit              out board
        ",
    );
    check(
        "
        ahead 18000 sweep        -                            -                       starting
        later 18 sweep           -                            -                       out board
        later 1 sweep            -                            audit                   out board
        bill: as sold            -                            tell_audit              out board
        ",
    );
}

#[test]
fn each_difference_is_told_and_a_flood_is_counted() {
    check_asked(
        "
        bill: without a trade    -                            tell_audit alarm        out nothing
        ",
    );
    check_asked(
        "
        bill: with strangers: 2  -                            tell_audit alarm alarm  out nothing
        ",
    );
    let alarms = "alarm ".repeat(21);
    let alarms = alarms.trim();
    check_asked(&format!(
        "
        bill: with strangers: 30  -                           tell_audit {alarms}     out nothing
        "
    ));
}

#[test]
fn a_bill_that_is_late_is_asked_for_every_ten_minutes() {
    check_asked(
        "
        bill: not ready          -                            -                       out nothing
        later 599 sweep          -                            -                       out nothing
        later 1 sweep            -                            audit                   out nothing
        bill: no answer          -                            -                       out nothing
        later 600 audit          -                            audit                   out nothing
        bill: cut off            -                            -                       out nothing
        wait 600                 -                            audit                   out nothing
        bill: as sold            -                            tell_audit              out nothing
        ",
    );
}

#[test]
fn an_answer_that_never_comes_is_asked_for_again() {
    check_asked(
        "
        later 1199 sweep         -                            -                       out nothing
        later 1 sweep            -                            audit                   out nothing
        bill: as sold            -                            tell_audit              out nothing
        bill: as sold            -                            -                       out nothing
        ",
    );
}

#[test]
fn a_bill_that_cannot_be_had_is_given_up_by_noon_and_told() {
    let again = "
        bill: not ready          -                            -                       out nothing
        later 600 sweep          -                            audit                   out nothing
        ";
    check_asked(&format!(
        "{}
        bill: not ready          -                            alarm                   out nothing
        later 600 sweep          -                            -                       out nothing
        later 83000 sweep        -                            audit                   out nothing
        bill: as sold            -                            tell_audit              out nothing
        ",
        again.repeat(11)
    ));
}

#[test]
fn a_machine_that_stops_or_knows_no_time_does_not_audit() {
    check_next_day(
        "
        stop                     -                            -                       out stopping
        later 1800 audit         -                            -                       out stopping
        ",
    );
    check(
        "
        clock 1970               -                            alarm                   starting
        later 72000 audit        -                            -                       out board
        ",
    );
}
