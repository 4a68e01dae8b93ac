//! How vends end.

use super::{super::*, Bench, check};

#[test]
fn a_drop_is_told_at_once_and_idle_when_the_coil_is_off() {
    check(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         < inputs 00
           > inputs
         < inputs 02
           = succeeded 7
         . 800
         . 200
           > coils
         < coils 04
         . 100
           > coils
         < coils 00
           = idle
           > inputs",
    );
}

#[test]
fn the_sensor_is_read_to_the_end_of_the_window() {
    check(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         run 1900 inputs 00
         run 200 inputs 00 coils 00
           = failed 7 NoDrop
           = idle
         run 5000 inputs 00",
    );
}

#[test]
fn a_drop_after_the_pulse_but_in_the_window_counts() {
    check(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         run 1900 inputs 00
         run 100 inputs 02 coils 00
           = succeeded 7
           = idle
           = sensor 1 blocked",
    );
}

#[test]
fn an_item_seen_falling_does_not_block_the_next_vend() {
    let vended = "vend
           > flash 2
         < echo
           = started 7
           > inputs
         run 920 inputs 00
         < inputs 02
           = succeeded 7
         . 45
           > coils
         << coils 00
           = idle
         vend
         . 5
           > inputs";
    check(&format!(
        "{vended}
         < inputs 00
           > flash 2"
    ));
    check(&format!(
        "{vended}
         < inputs 02
           = sensor 1 blocked
           = failed 7 SensorBlocked
           = idle"
    ));
}

#[test]
fn other_inputs_are_no_drop() {
    check(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         run 2200 inputs FD coils 00
           = failed 7 NoDrop
           = idle
           = sensor 0 blocked
           = sensor 2 blocked
           = sensor 3 blocked
           = sensor 4 blocked
           = sensor 5 blocked
           = sensor 6 blocked
           = sensor 7 blocked",
    );
}

#[test]
fn a_blocked_sensor_moves_nothing() {
    check(
        ". 495
           > inputs
         < inputs 02
           = sensor 1 blocked
         vend
           = failed 7 SensorBlocked
           = idle
         vend 8 3 0
           > flash 3",
    );
}

#[test]
fn the_echo_lost_and_the_coil_on_is_a_start() {
    check(
        "vend
           > flash 2
         . 80
           > coils
         < coils 04
           = started 7
           > inputs
         run 2200 inputs 00 coils 00
           = failed 7 NoDrop
           = idle",
    );
}

#[test]
fn the_echo_lost_and_the_coil_off_early_is_no_start() {
    check(
        "vend
           > flash 2
         < garbled
         . 55
           > coils
         < coils 00
           = failed 7 NotStarted
           = idle
           > inputs",
    );
}

#[test]
fn the_echo_lost_and_the_coil_off_late_is_watched_on() {
    check(
        "vend
           > flash 2
         dead 920
         run 2000 inputs 00 coils 00
           = unknown 7 the board did not answer for 1.0 s during the vend
           = idle",
    );
    check(
        "vend
           > flash 2
         dead 920
         run 100 inputs 00 coils 00
         run 200 inputs 02 coils 00
           = succeeded 7
           = idle
           = sensor 1 blocked",
    );
}

#[test]
fn a_late_echo_is_not_taken_for_another_answer() {
    check(
        "vend
           > flash 2
         . 80
           > coils
         << 01 05 02 02 00 0A EC 75
         < coils 04
           = started 7
           > inputs",
    );
}

#[test]
fn busy_once_is_asked_again() {
    check(
        "vend
           > flash 2
         < refused 06
         . 95
           > flash 2
         < echo
           = started 7
           > inputs
         < inputs 02
           = succeeded 7",
    );
}

#[test]
fn busy_twice_and_other_refusals_are_no_start() {
    check(
        "vend
           > flash 2
         < refused 06
         . 95
           > flash 2
         < refused 06
           = failed 7 NotStarted
           = idle
           > inputs",
    );
    for code in ["01", "02", "03"] {
        check(&format!(
            "vend
               > flash 2
             < refused {code}
               = failed 7 NotStarted
               = idle
               > inputs"
        ));
    }
}

#[test]
fn a_refusal_that_may_have_moved_something_is_looked_into() {
    check(
        "vend
           > flash 2
         < refused 04
           > coils
         < coils 04
           = started 7
           > inputs",
    );
    check(
        "vend
           > flash 2
         < refused 05
           > inputs
         run 2200 inputs 00 coils 00
           = failed 7 NoDrop
           = idle",
    );
}

#[test]
fn a_coil_that_stays_on_is_switched_off_and_the_vend_unknown() {
    check(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         run 1950 inputs 00
         < inputs 00
           > coils
         < coils 04
           = unknown 7 the coil is still on after its pulse
           > off
         < echo
           > coils
         < coils 04
         . 495
           > off
         < echo
           > coils
         < coils 00
           = idle
           > inputs",
    );
}

#[test]
fn a_coil_that_never_opens_takes_the_board_down() {
    check(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         < inputs 02
           = succeeded 7
         run 7500 coils 04
           = down a coil stays on",
    );
}

#[test]
fn one_answer_missed_is_forgiven() {
    let missed = "vend
           > flash 2
         < echo
           = started 7
           > inputs
         run 500 inputs 00
         . 80
           > coils
         < coils 04
           > inputs";
    check(&format!(
        "{missed}
         run 2000 inputs 00 coils 00
           = failed 7 NoDrop
           = idle"
    ));
    check(&format!(
        "{missed}
         . 80
           > coils
         < coils 04
           > inputs
         run 2000 inputs 00 coils 00
           = unknown 7 the board did not answer for 0.3 s during the vend
           = idle"
    ));
}

#[test]
fn silence_to_the_end_is_unknown_and_then_down() {
    check(&format!(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         dead 6970
         dead 300
           = unknown 7 the board did not answer for 7.0 s during the vend
           = down {}",
        super::SILENT_LINE
    ));
}

#[test]
fn unplugged_for_good_is_unknown() {
    check(
        "vend
           > flash 2
         < echo
           = started 7
           > inputs
         close
           = down the port is gone
         . 6900
         . 100
           = unknown 7 the board was disconnected during the vend",
    );
}

#[test]
fn back_within_the_window_the_drop_may_still_be_seen() {
    let unplugged = "vend
           > flash 2
         < echo
           = started 7
           > inputs
         close
           = down the port is gone
         . 600
         open
           > off
         < echo
           > coils
         < coils 00
           > version
         < version 200
           > inputs
         < inputs 00
           = up Modbus relay board at address 1, firmware 2.00, 8 coils, 8 inputs
           = sensor 0 clear
           = sensor 1 clear
           = sensor 2 clear
           = sensor 3 clear
           = sensor 4 clear
           = sensor 5 clear
           = sensor 6 clear
           = sensor 7 clear
           > inputs";
    check(&format!(
        "{unplugged}
         < inputs 02
           = succeeded 7
         run 400 inputs 00
           = idle"
    ));
    check(&format!(
        "{unplugged}
         run 1400 inputs 00 coils 00
           = unknown 7 the board was disconnected during the vend
           = idle"
    ));
}

#[test]
fn back_after_the_window_it_is_unknown_at_once() {
    check(
        "vend
           > flash 2
         close
           = down the port is gone
         . 3000
         open
           > off
         < echo
           > coils
         < coils 00
           > version
         < refused 02
           > inputs
         < inputs 02
           = unknown 7 the board was disconnected during the vend
           = up Modbus relay board at address 1, firmware unknown, 8 coils, 8 inputs
           = sensor 0 clear
           = sensor 1 blocked
           = sensor 2 clear
           = sensor 3 clear
           = sensor 4 clear
           = sensor 5 clear
           = sensor 6 clear
           = sensor 7 clear
         . 495
           > inputs",
    );
}

#[test]
fn a_frame_that_never_left_moved_nothing() {
    check(
        "vend
           > flash 2
         not sent
           = failed 7 BoardDown
         close
           = down the port is gone",
    );
}

#[test]
fn one_vend_at_a_time() {
    check(
        "vend
           > flash 2
         vend 8 3 0
           = failed 8 Busy
         < echo
           = started 7
           > inputs
         vend 9 3 0
           = failed 9 Busy
         < inputs 02
           = succeeded 7
         vend 10 3 0
           = failed 10 Busy
         run 1000 coils 00
           = idle
         vend 11 3 0
           > flash 3",
    );
}

#[test]
fn a_slot_that_the_board_does_not_have_is_refused() {
    check(
        "vend 7 8 0
           = failed 7 NotStarted
           = idle
         vend 8 0 8
           = failed 8 NotStarted
           = idle",
    );
}

#[test]
fn a_pulse_or_a_window_that_cannot_be_is_refused() {
    for (pulse, drop_window) in [(0, 1), (4000, 1), (1, 601), (1, u64::MAX), (u64::MAX, 1)] {
        let mut bench = Bench::new();
        bench.start();
        let (pulse, drop_window) = (Duration::from_secs(pulse), Duration::from_secs(drop_window));
        let not_after = bench.now;
        let request = VendRequest { tag: 7, coil: 0, drop_input: 0, pulse, drop_window, not_after };
        bench.session.command(BoardCommand::Vend(request), bench.now);
        let refused = BoardEvent::VendFailed { tag: 7, fault: Fault::NotStarted };
        assert_eq!(bench.session.poll_event(), Some(refused));
        assert_eq!(bench.session.poll_transmit(), None);
    }
}

#[test]
fn a_vend_that_was_held_up_too_long_is_refused() {
    let mut bench = Bench::new();
    bench.start();
    let second = Duration::from_secs(1);
    let request = VendRequest {
        tag: 7,
        coil: 0,
        drop_input: 0,
        pulse: second,
        drop_window: second,
        not_after: bench.now - Duration::from_millis(1),
    };
    bench.session.command(BoardCommand::Vend(request), bench.now);
    let coils_asked = std::iter::from_fn(|| bench.session.poll_transmit())
        .filter(|frame| frame.get(1) == Some(&0x05));
    assert_eq!(coils_asked.count(), 0, "nothing may be moved");
    let refused = BoardEvent::VendFailed { tag: 7, fault: Fault::Expired };
    assert_eq!(bench.session.poll_event(), Some(refused));
}

#[test]
fn the_last_outcome_is_recalled_and_no_other() {
    check(
        "vend
           > flash 2
         recall 7
         < echo
           = started 7
           > inputs
         < inputs 02
           = succeeded 7
         recall 7
           = succeeded 7
         recall 6
           = unknown 6 the board keeps no result",
    );
}
