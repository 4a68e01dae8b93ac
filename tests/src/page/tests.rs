//! The page over its real wire, in front of a machine that is not running.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
};

use super::*;
use crate::machine::MachineSettings;

const LIMIT: Duration = Duration::from_secs(10);

fn page() -> (Arc<World>, Page) {
    let world = World::new(PathBuf::from("/bin/false"), MachineSettings::default()).unwrap();
    let world = Arc::new(world);
    let page = Page::serve(Arc::clone(&world), 0).unwrap();
    (world, page)
}

fn ask(page: &Page, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(page.address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream
}

fn answer(page: &Page, method: &str, path: &str, body: &str) -> String {
    let mut answer = String::new();
    ask(page, method, path, body).read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let (_world, page) = page();
    let html = answer(&page, "GET", "/", "");
    assert!(html.starts_with("HTTP/1.1 200"), "{html}");
    assert!(!html.contains("http://") && !html.contains("https://"));
}

#[test]
fn a_switch_turns_and_the_story_tells_it() {
    let (world, page) = page();
    let events = ask(&page, "GET", "/events", "");
    let switch = r#"{"name":"jam","slot":3,"on":true}"#;
    assert!(answer(&page, "POST", "/switch", switch).starts_with("HTTP/1.1 204"));
    assert!(world.board.read(|board| board.is_jammed(2)));

    let mut lines = BufReader::new(events).lines().map(Result::unwrap);
    let told = lines.find(|line| line.contains("switch: slot 3 jammed")).unwrap();
    assert!(told.starts_with("data: {"), "{told}");
    assert!(told.contains(r#""name":"Green tea","coil":2,"jammed":true"#), "{told}");
}

#[test]
fn what_cannot_be_done_is_said() {
    let (_world, page) = page();
    #[rustfmt::skip]
    let table = [
        ("GET",  "/panel.png", "",                                 "404"),
        ("POST", "/touch",     r#"{"x":1,"y":1}"#,                 "409"),
        ("POST", "/touch",     r#"{"x":-1}"#,                      "400"),
        ("POST", "/pay",       "",                                 "409"),
        ("POST", "/switch",    r#"{"name":"explode","on":true}"#,  "400"),
        ("GET",  "/switch",    "",                                 "405"),
    ];
    for (method, path, body, status) in table {
        let said = answer(&page, method, path, body);
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{path} {body}: {said}");
    }
}
