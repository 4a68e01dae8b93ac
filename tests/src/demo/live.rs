//! The demo for a person: the page, and the timeline as it happens, until Ctrl-C.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use super::{DemoError, signals};
use crate::{background::Background, page::Page, timeline::Moment, world::World};

/// How often new moments are printed.
const LOOK: Duration = Duration::from_millis(100);

/// Until Ctrl-C.
pub(super) fn run(
    world: &Arc<World>,
    port: u16,
    say: &mut dyn FnMut(&str),
) -> Result<(), DemoError> {
    let page = Page::serve(Arc::clone(world), port).map_err(DemoError::Page)?;
    say(&format!("open {} in a browser; Ctrl-C ends the demo", page.url()));
    let (interrupt, interrupted) = mpsc::channel();
    let background = Background::start("signals").map_err(DemoError::Signals)?;
    background.spawn(async move {
        signals::end().await;
        // Whoever is told has ended already if it does not listen.
        let _ = interrupt.send(());
    });
    let mut next = 0;
    while let Err(mpsc::RecvTimeoutError::Timeout) = interrupted.recv_timeout(LOOK) {
        let moments = world.timeline.since(next);
        next += moments.len();
        moments.iter().for_each(|moment| say(&line(moment)));
    }
    Ok(())
}

fn line(moment: &Moment) -> String {
    let ms = moment.at.as_secs_f64() * 1000.0;
    format!("{ms:>12.1} ms  {:<8} {}", moment.what.part(), moment.what)
}
