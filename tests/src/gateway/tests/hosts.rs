//! The gateway's addresses and clock as a client sees them.

use reqwest::header::DATE;

use super::*;

impl Scene {
    /// The `Date` of an answer, in seconds since 1970.
    fn date(&self) -> i64 {
        let request = self.client.post(format!("{}/pay/orderquery", self.gateway.base_url()));
        let (answer, answered) = mpsc::channel();
        self.background.spawn(async move {
            let response = request.send().await.unwrap();
            let _ = answer.send(response.headers().get(DATE).unwrap().to_str().unwrap().to_owned());
        });
        let date = answered.recv_timeout(LIMIT).unwrap();
        assert!(date.ends_with(" GMT"), "{date}");
        let parsed = jiff::fmt::rfc2822::parse(&date).unwrap();
        parsed.timestamp().as_second()
    }
}

#[test]
fn the_date_can_run_ahead_and_nothing_else_with_it() {
    let scene = Scene::new();
    let now = || jiff::Timestamp::now().as_second();
    assert!((scene.date() - now()).abs() <= 2);
    scene.gateway.set_date_ahead(-86_400_000);
    assert!((scene.date() + 86_400 - now()).abs() <= 2);
    scene.gateway.set_date_ahead(0);
    scene.gateway.advance(Duration::from_secs(86_400));
    assert!((scene.date() - now()).abs() <= 2, "the gateway's books have another clock");
}

#[test]
fn a_second_host_has_the_same_books() {
    let scene = Scene::new();
    let second = scene.gateway.second_host().unwrap();
    scene.open("A1");
    let heard = scene.gateway.heard();
    scene.gateway.set_down(true).unwrap();
    assert_eq!(scene.query("A1"), None);

    let url = format!("{}/pay/orderquery", second.base_url());
    let ask = || scene.send(scene.client.post(&url).body(sealed(number("A1"))));
    assert_eq!(said(&xml::parse(&ask().unwrap()).unwrap()), "NOTPAY");
    assert_eq!((scene.gateway.heard(), second.heard()), (heard, 1));
    second.set_down(true).unwrap();
    assert!(second.is_down() && ask().is_none());
    second.set_down(false).unwrap();
    assert!(ask().is_some());
    scene.gateway.set_down(false).unwrap();
    assert_eq!(said(&scene.query("A1").unwrap()), "NOTPAY");
}
