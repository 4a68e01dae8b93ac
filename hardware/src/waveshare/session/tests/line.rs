//! Start, heartbeat, silence and stop.

use super::{Bench, SILENT_LINE, check};

#[test]
fn an_idle_board_is_asked_twice_a_second_and_changes_are_told() {
    check(
        ". 495
           > inputs
         < inputs 81
           = sensor 0 blocked
           = sensor 7 blocked
         . 490
         . 10
           > inputs
         < slowly inputs 80
           = sensor 0 clear
         . 600
           > inputs",
    );
}

#[test]
fn three_answers_missed_in_a_row_are_down_once_and_the_board_is_started_anew() {
    check(&format!(
        ". 495
           > inputs
         . 300
           > coils
         . 300
           > address
         . 300
           = down {SILENT_LINE}
         vend
           = failed 7 BoardDown
         . 1000
           > off
         . 300
         . 1000
           > off
         < echo
           > coils
         < coils 01
         . 995
           > off
         < echo
           > coils
         < coils 00
           > version
         . 300
           > inputs
         < inputs 00
           = up Modbus relay board at address 1, firmware unknown, 8 coils, 8 inputs
           = sensor 0 clear
           = sensor 1 clear
           = sensor 2 clear
           = sensor 3 clear
           = sensor 4 clear
           = sensor 5 clear
           = sensor 6 clear
           = sensor 7 clear"
    ));
}

#[test]
fn one_answer_missed_is_forgiven_and_the_late_one_is_not_taken_for_another() {
    check(
        ". 495
           > inputs
         . 300
           > coils
         << inputs FF
         < coils 00
         . 495
           > inputs
         < inputs 00",
    );
}

#[test]
fn a_vend_waits_for_the_answer_in_flight_and_no_longer() {
    check(
        ". 495
           > inputs
         vend
         < inputs 00
           > flash 2",
    );
}

#[test]
fn nothing_moves_on_a_line_that_just_missed_an_answer() {
    check(&format!(
        ". 495
           > inputs
         vend
         . 300
           > coils
         < coils 00
           > flash 2
         < echo
           = started 7
           > inputs
         < inputs 02
           = succeeded 7
         run 1000 coils 00
           = idle
         . 500
           > inputs
         vend 8 3 0
         . 300
           > coils
         . 300
           > address
         . 300
           = failed 8 BoardDown
           = down {SILENT_LINE}"
    ));
}

#[test]
fn a_sensor_read_too_long_ago_is_read_again_before_the_vend() {
    check(
        ". 495
           > inputs
         . 300
           > coils
         . 250
         vend
         < coils 00
           > inputs
         < inputs 02
           = sensor 1 blocked
           = failed 7 SensorBlocked
           = idle",
    );
}

#[test]
fn garbage_before_an_answer_is_stepped_over() {
    check(
        ". 495
           > inputs
         << FF 00 01 02
         << 02 02 01 FF 60 0C
         < inputs 01
           = sensor 0 blocked",
    );
}

#[test]
fn a_board_that_refuses_to_read_its_inputs_is_down() {
    check(
        ". 495
           > inputs
         < refused 04
         . 495
           > inputs
         < refused 04
         . 495
           > inputs
         < refused 04
           = down the board refuses to read its inputs: device failure (04)",
    );
}

#[test]
fn a_board_that_cannot_be_started_says_why_once() {
    Bench::new().play(&format!(
        "open
           > off
         . 300
           = down {SILENT_LINE}
         vend
           = failed 7 BoardDown
         . 1000
           > off
         < refused 01"
    ));
    Bench::new().play(
        "open
           > off
         < echo
           > coils
         < coils 00
           > version
         < version 105
           > inputs
         < refused 02
           = down the board refuses to read its inputs: illegal address (02)",
    );
    Bench::new().play(
        "close
           = down the port is gone
         close
         vend
           = failed 7 BoardDown",
    );
    Bench::new().play(
        "open
           > off
         < echo
           > coils
         < coils 10
           = down coil 4 stays on after all-off",
    );
}

#[test]
fn inputs_are_unlinked_from_the_coils_if_wanted() {
    let mut bench = Bench::new();
    bench.session.board.unlink_inputs = true;
    bench.play(
        "open
           > off
         < echo
           > coils
         < coils 00
           > version
         < version 200
           > unlink
         < wrote
           > inputs",
    );
}

#[test]
fn stop_switches_everything_off_and_ends() {
    check(
        "stop
           > off
         unfinished
         < echo
         finished
         . 5000",
    );
    check(
        "stop
           > off
         . 300
         finished",
    );
    Bench::new().play(
        "stop
         finished",
    );
}

#[test]
fn stop_finishes_the_running_vend_first() {
    check(
        "vend
           > flash 2
         stop
         < echo
           = started 7
           > inputs
         vend 8 3 0
           = failed 8 BoardDown
         < inputs 02
           = succeeded 7
         . 950
           > coils
         unfinished
         < coils 00
           = idle
           > off
         < echo
         finished",
    );
    check(
        "vend
           > flash 2
         stop
         close
           = down the port is gone
         unfinished
         . 7000
           = unknown 7 the board was disconnected during the vend
         finished",
    );
}
