//! The live page: one person's view of the whole world, and switches to disturb it.

mod switch;
mod view;

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{
        Html, IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use tokio::time::{Interval, interval};

use self::{switch::Switch, view::View};
use crate::{background::Background, world::World};

/// How often the page looks at the world; between two looks a person sees no difference.
const LOOK: Duration = Duration::from_millis(40);
const PAGE: &str = include_str!("page.html");

/// The page's server; dropping it ends it.
#[derive(Debug)]
pub struct Page {
    address: SocketAddr,
    _background: Background,
}

impl Page {
    /// Serves the page of `world` on loopback; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is not free.
    pub fn serve(world: Arc<World>, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let background = Background::start("page")?;
        background.spawn(async move {
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                // It ends with its runtime.
                let _ = axum::serve(listener, routes(world)).await;
            }
        });
        Ok(Self { address, _background: background })
    }

    /// What to type into a browser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/panel.png", get(panel))
        .route("/events", get(events))
        .route("/touch", post(touch))
        .route("/pay", post(pay))
        .route("/switch", post(switch))
        .with_state(world)
}

async fn panel(State(world): State<Arc<World>>) -> Response {
    let png = world.panel.picture().map(|picture| picture.png());
    match png {
        Some(Ok(png)) => {
            let headers =
                [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "no-store")];
            (headers, png).into_response()
        }
        Some(Err(_)) | None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn events(
    State(world): State<Arc<World>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let watcher = Watcher { world, ticks: interval(LOOK), next_moment: 0, last: None };
    let changes = stream::unfold(watcher, |mut watcher| async {
        let event = watcher.next().await;
        Some((Ok(event), watcher))
    });
    Sse::new(changes).keep_alive(KeepAlive::default())
}

async fn touch(State(world): State<Arc<World>>, body: Bytes) -> Response {
    #[derive(Deserialize)]
    struct Spot {
        x: u32,
        y: u32,
    }
    match serde_json::from_slice(&body) {
        Ok(Spot { x, y }) => reply(world.panel.touch(x, y)),
        Err(error) => refuse(&error),
    }
}

async fn pay(State(world): State<Arc<World>>) -> Response {
    match world.phone.scan_and_pay() {
        Ok(out_trade_no) => out_trade_no.into_response(),
        Err(error) => (StatusCode::CONFLICT, error.to_string()).into_response(),
    }
}

async fn switch(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let switch: Switch = match serde_json::from_slice(&body) {
        Ok(switch) => switch,
        Err(error) => return refuse(&error),
    };
    // Starting and killing a program waits for it.
    match tokio::task::spawn_blocking(move || switch.turn(&world)).await {
        Ok(result) => reply(result),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn refuse(error: &serde_json::Error) -> Response {
    (StatusCode::BAD_REQUEST, error.to_string()).into_response()
}

fn reply<E: std::fmt::Display>(result: Result<(), E>) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::CONFLICT, error.to_string()).into_response(),
    }
}

/// One browser's place in the story.
struct Watcher {
    world: Arc<World>,
    ticks: Interval,
    next_moment: usize,
    last: Option<View>,
}

impl Watcher {
    /// The next thing worth telling.
    async fn next(&mut self) -> Event {
        loop {
            self.ticks.tick().await;
            let view = View::of(&self.world);
            if self.last.as_ref() == Some(&view) {
                continue;
            }
            let moments = view::moments(&self.world, self.next_moment);
            let told = view.to_json(&moments, self.last.is_none());
            self.next_moment = view.moments_total();
            self.last = Some(view);
            return Event::default().data(told);
        }
    }
}

#[cfg(test)]
mod tests;
