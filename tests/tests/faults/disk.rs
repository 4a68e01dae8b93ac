//! Disks that fail under a running machine, for real: full, read-only, an I/O error. It stops
//! selling and says so, and sells again by itself when the cause is gone.

use std::{fs, path::Path, process::Command};

use kiosk::{Outage, Screen, View};
use tests::{
    gateway::Notified,
    ledger::When,
    machine::{MachineSettings, PHONE},
};

use crate::{
    mount::{Mount, empty, fill, format},
    outside::end,
    shop::{LIMIT, Order, Shop, phones_only, program},
};

/// The entries of two sales fill a block of 4 KiB of the log: more sales do not fit into what the
/// disk has given it already.
const SLOTS: std::ops::Range<u16> = 2..7;
/// How the one WARN line begins.
const WARNING: &str = "the order log cannot be written";

#[test]
fn a_full_disk_stops_the_selling_until_there_is_room() {
    if !Mount::is_possible() {
        return;
    }
    let shop = shop();
    let (image, data) = (shop.dir().join("image"), shop.dir().join("data"));
    format(&image, 16);
    let _mount = Mount::ext4(&image, &data, "errors=remount-ro");
    let filler = data.join("filler");
    shop.start();
    shop.sell(1);
    let waiting = stops(&shop, || fill(&filler));
    says(&shop, "No space left on device");
    refuses_a_notify(&shop, &waiting);
    empty(&filler);
    sells_again(&shop);
}

#[test]
fn a_file_system_that_turned_read_only_stops_the_selling_until_it_is_mended() {
    if !Mount::is_possible() {
        return;
    }
    let shop = shop();
    let (image, data) = (shop.dir().join("image"), shop.dir().join("data"));
    format(&image, 16);
    let mount = Mount::ext4(&image, &data, "errors=remount-ro");
    shop.start();
    shop.sell(1);
    // As if the kernel had found its structures damaged: from now on nothing can be written.
    let waiting = stops(&shop, || mount.tune("trigger_fs_error", "1"));
    says(&shop, "Read-only file system");
    refuses_a_notify(&shop, &waiting);
    mend(&shop, mount, &image);
}

#[test]
fn an_input_output_error_stops_the_selling_until_the_drive_is_replaced() {
    if !Mount::is_possible() {
        return;
    }
    let shop = shop();
    let (drive, data) = (shop.dir().join("drive"), shop.dir().join("data"));
    fs::create_dir(&drive).unwrap();
    format(&shop.dir().join("outer"), 64);
    let outer = Mount::ext4(&shop.dir().join("outer"), &drive, "errors=remount-ro");
    let image = drive.join("image");
    format(&image, 32);
    let mount = Mount::ext4(&image, &data, "errors=remount-ro");
    shop.start();
    shop.sell(1);
    // The loop device can no longer write into its file, and answers as a drive does whose sectors
    // cannot be written.
    let waiting = stops(&shop, || outer.tune("trigger_fs_error", "1"));
    says(&shop, "Input/output error");
    refuses_a_notify(&shop, &waiting);
    mend(&shop, mount, &image);
}

/// A machine with a panel that is switched off; its data are to be mounted.
fn shop() -> Shop {
    let settings = MachineSettings { panel: true, ..phones_only() };
    Shop::dark(program().to_owned(), settings)
}

/// Breaks the disk while one order waits to be paid, and buys until the log has no more room in the
/// block that it has already.
fn stops(shop: &Shop, break_it: impl FnOnce()) -> Order {
    let waiting = shop.order(8).unwrap();
    break_it();
    for slot in SLOTS {
        let order = match shop.order(slot) {
            Ok(order) => order,
            Err(why) => {
                println!("no order: {why}");
                break;
            }
        };
        shop.pay(&order);
        let went_on = shop.machine.wait_for_line("an end, or the fault", LIMIT, |line| {
            let vended =
                line.recorded() == Some(("vend_succeeded".to_owned(), order.number.clone()));
            let stopped = line.level == "WARN" && line.message.starts_with(WARNING);
            (vended || stopped).then_some(vended)
        });
        if !went_on.unwrap_or_else(|error| panic!("{error}; {}", shop.story())) {
            break;
        }
    }
    waiting
}

/// The panel says that nothing is sold, the mini-program is told so, and the operator once.
fn says(shop: &Shop, why: &str) {
    let phone = PHONE.to_owned();
    let screen = Screen::OutOfService { reason: Outage::LogDown, phone };
    let shown = shop.wait_for_view(&View::new(shop.settings.language, screen), LIMIT);
    shown.unwrap_or_else(|error| panic!("{error}; {}", shop.story()));
    let (status, text) = shop.ask(3).unwrap();
    assert!(status == 503 && text.contains("out_of_service"), "{status} {text}");
    let lines = shop.machine.lines();
    let told: Vec<&str> = lines
        .iter()
        .filter(|line| line.level == "WARN" && line.message.starts_with(WARNING))
        .map(|line| line.message.as_str())
        .collect();
    println!("{told:?}");
    assert!(matches!(told.as_slice(), [one] if one.contains(why)), "{told:?}; {}", shop.story());
}

/// A payment that cannot be recorded is not acknowledged, and nothing moves.
fn refuses_a_notify(shop: &Shop, waiting: &Order) {
    let before = shop.pulses();
    shop.pay(waiting);
    let refused = shop.gateway.wait("two refused notifies", LIMIT, |books| {
        books.order(&waiting.number)?.notifies.get(..2).map(<[Notified]>::to_vec)
    });
    let fail = |it: &Notified| matches!(it, Notified::Failed(reply) if reply.contains("FAIL"));
    assert!(refused.as_ref().is_ok_and(|it| it.iter().all(fail)), "{refused:?}");
    assert_eq!(shop.pulses(), before, "a motor turned without an entry on disk");
}

/// The operator saves what can be read of the drive, mends that, and mounts it in its place,
/// without a word to the machine, which sells again.
fn mend(shop: &Shop, mount: Mount, image: &Path) {
    drop(mount);
    let mended = shop.dir().join("mended");
    fs::copy(image, &mended).unwrap();
    // 1: it was mended.
    let checked = end(Command::new("e2fsck").args(["-p", "-f"]).arg(&mended));
    assert!(matches!(checked.status.code(), Some(0 | 1)), "{checked:?}");
    let _mount = Mount::ext4(&mended, &shop.dir().join("data"), "errors=remount-ro");
    sells_again(shop);
}

/// By itself, with every book in agreement.
fn sells_again(shop: &Shop) {
    let items = shop.settings.items();
    let screen = Screen::Catalogue { items, page: 0, keypad: false };
    let line = shop.machine.wait_for_line("the log to work", LIMIT, |line| {
        line.message.contains("can be written again").then_some(())
    });
    line.unwrap_or_else(|error| panic!("{error}; {}", shop.story()));
    shop.settle();
    let shown = shop.wait_for_view(&View::new(shop.settings.language, screen), LIMIT);
    shown.unwrap_or_else(|error| panic!("{error}; {}", shop.story()));
    shop.sell(1);
    let tally = shop.audit("mended", When::Settled);
    assert!(shop.machine.terminate().unwrap().success());
    // What was read is what is on disk, as the next start finds it.
    shop.start();
    assert_eq!(shop.audit("started again", When::Settled), tally);
    println!("{tally:?}");
    shop.machine.kill().unwrap();
}
