//! Being told to end: Ctrl-C, a closed terminal, a service manager.

use std::{future, sync::Arc};

use tokio::signal::unix::{SignalKind, signal};

use crate::{background::Background, world::World};

/// As a shell has it for a program that Ctrl-C ended.
const EXIT_INTERRUPTED: i32 = 130;

/// Until one of the signals comes.
pub(crate) async fn end() {
    tokio::select! {
        () = one(SignalKind::interrupt()) => {}
        () = one(SignalKind::terminate()) => {}
        () = one(SignalKind::hangup()) => {}
    }
}

/// Ends this program on a signal, but takes kioskd and the world's files along.
pub(super) fn clean_up_on_end(world: &Arc<World>) -> std::io::Result<Background> {
    let background = Background::start("signals")?;
    let world = Arc::clone(world);
    background.spawn(async move {
        end().await;
        // Nobody is left to hear of an error.
        let _ = world.machine.kill();
        let _ = std::fs::remove_dir_all(world.dir());
        std::process::exit(EXIT_INTERRUPTED);
    });
    Ok(background)
}

async fn one(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        // Without a handler the signal ends the program as it always does.
        Err(_) => future::pending().await,
    }
}
