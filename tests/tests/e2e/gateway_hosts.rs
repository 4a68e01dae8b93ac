//! WeChat's first host is away: the backup is asked, and the machine sells again.

use std::net::{Ipv4Addr, TcpListener};

use kiosk::Trouble;
use tests::{customer::Seen, machine::MachineSettings};

use crate::scene::{Scene, quick};

#[test]
fn a_host_whose_name_is_not_known_is_left_for_the_backup() {
    // No such name exists anywhere (RFC 6761, 6.4).
    sells_at_the_backup("https://api.mch.invalid".to_owned());
}

#[test]
fn a_host_that_never_answers_is_left_for_the_backup() {
    // The system takes the connection; nobody ever speaks on it.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    sells_at_the_backup(format!("https://{}", silent.local_addr().unwrap()));
}

/// The first order is lost on the first host; all that follow are made at the gateway.
fn sells_at_the_backup(host: String) {
    let scene = Scene::open(MachineSettings { host_before: Some(host), ..quick() });
    let lost = scene.order(2);
    scene.customer.expect_trouble(2, &lost).unwrap();
    scene.see("sorry", |seen| seen == Seen::Sorry(Trouble::GatewayDown));
    assert!(scene.gateway.read(|books| books.orders().is_empty()), "{}", scene.story());
    // It is not known at the backup either.
    assert_eq!(scene.outcome(&lost).state, "closed");
    scene.leave(2);
    scene.buy(2);
    let jammed = scene.buy_jammed(3);
    scene.wait_refunded_once(&jammed);
}
