//! The customer: knows the screens by heart, sees which one is there, and where to put a finger.

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use embedded_graphics::geometry::{Point, Size};
use kiosk::{
    Availability, Canvas, Design, Item, Language, Painter, Refund, Screen, Touch, Trouble, View,
    touch,
};

use crate::{
    machine::{MachineSettings, PHONE},
    panel::{Panel, Picture},
    timeline::{Timeline, What},
    waiting::{TooLate, Watched},
};

/// Buttons are looked for on a grid this fine; a finger is wider.
const GRID: u32 = 16;
/// How long a page of the catalogue may take to appear.
const PAGE_LIMIT: Duration = Duration::from_secs(5);

/// How soon the eyes notice that they are to close.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The customer in front of one machine; dropping it closes the eyes.
#[derive(Debug)]
pub struct Customer {
    panel: Arc<Panel>,
    eyes: Arc<Eyes>,
    thread: Option<JoinHandle<()>>,
    language: Language,
    size: (u32, u32),
    /// The catalogue has a way to the keypad.
    keypad: bool,
    design: Arc<Design>,
    items: Watched<Vec<Item>>,
    /// Where buttons were found before: they seldom move.
    found: Watched<Vec<(Touch, (u32, u32))>>,
    /// Where the screens are drawn to be learnt.
    sketch: Mutex<Sketch>,
}

impl Customer {
    /// A customer who knows the machine's items, language, panel size and look.
    ///
    /// # Errors
    /// When the thread of the eyes cannot be started.
    pub fn new(
        panel: Arc<Panel>,
        timeline: Timeline,
        settings: &MachineSettings,
        design: Arc<Design>,
    ) -> io::Result<Self> {
        let items = settings.items();
        let eyes = Arc::new(Eyes {
            memory: Watched::default(),
            sight: Watched::default(),
            timeline,
            closing: AtomicBool::new(false),
        });
        let mut customer = Self {
            panel: Arc::clone(&panel),
            eyes: Arc::clone(&eyes),
            thread: None,
            language: settings.language,
            size: settings.size,
            keypad: settings.screen.keypad,
            design: Arc::clone(&design),
            items: Watched::new(items.clone()),
            found: Watched::default(),
            sketch: Mutex::new(Sketch {
                painter: Painter::new(design),
                canvas: Canvas::new(size(settings.size)),
            }),
        };
        customer.learn_catalogue();
        for item in items {
            customer.learn(Seen::Farewell, Screen::Farewell { item });
        }
        let thread = std::thread::Builder::new().name("eyes".to_owned());
        customer.thread = Some(thread.spawn(move || eyes.run(&panel))?);
        Ok(customer)
    }

    /// Touches the item in `slot`, turning pages as needed.
    ///
    /// # Errors
    /// [`CustomerError`] when no catalogue shows within `limit`, or none of its pages has it.
    pub fn select(&self, slot: u16, limit: Duration) -> Result<(), CustomerError> {
        let Seen::Catalogue(mut page) = self.wait_for("the catalogue", limit, |seen| {
            matches!(seen, Seen::Catalogue(_)).then_some(seen)
        })?
        else {
            return Err(CustomerError::NoSuchButton(Touch::Select(slot)));
        };
        let wanted = self.page_of(slot).ok_or(CustomerError::NoSuchButton(Touch::Select(slot)))?;
        while page != wanted {
            let next = if page < wanted { page + 1 } else { page - 1 };
            self.press(&self.catalogue(page), Touch::Page(next))?;
            self.wait_for("the next page", PAGE_LIMIT, |seen| {
                (seen == Seen::Catalogue(next)).then_some(())
            })?;
            page = next;
        }
        self.press(&self.catalogue(page), Touch::Select(slot))
    }

    /// Touches "cancel" on the payment screen of `slot`.
    ///
    /// # Errors
    /// [`CustomerError`] when the panel is dark.
    pub fn cancel(&self, slot: u16) -> Result<(), CustomerError> {
        let item = self.item(slot)?;
        let code_url = String::from("weixin://wxpay/bizpayurl?pr=0000000");
        let screen = Screen::Payment { item, code_url, seconds_left: 1, seconds_total: 90 };
        self.press(&screen, Touch::Cancel)
    }

    /// Leaves the last screen of the sale of `slot`, if that is what is there.
    ///
    /// # Errors
    /// [`CustomerError`] when the panel is dark.
    pub fn go_back(&self, slot: u16) -> Result<(), CustomerError> {
        let item = self.item(slot)?;
        match self.look() {
            Some(Seen::Farewell) => self.press(&Screen::Farewell { item }, Touch::Back),
            Some(Seen::Sorry(trouble)) => {
                let (order, phone) = (String::new(), PHONE.to_owned());
                let screen = Screen::Sorry { item, trouble, order, phone };
                self.press(&screen, Touch::Back)
            }
            Some(Seen::Catalogue(_)) | None => Ok(()),
        }
    }

    /// Learns what the machine will look like if the sale of `slot` goes wrong.
    ///
    /// # Errors
    /// [`CustomerError`] when the machine has no such slot.
    pub fn expect_trouble(&self, slot: u16, out_trade_no: &str) -> Result<(), CustomerError> {
        let item = self.item(slot)?;
        for trouble in TROUBLES {
            let (order, phone) = (out_trade_no.to_owned(), PHONE.to_owned());
            let screen = Screen::Sorry { item: item.clone(), trouble, order, phone };
            self.learn(Seen::Sorry(trouble), screen);
        }
        Ok(())
    }

    /// Learns that the catalogue will show `slot` in this way from now on.
    pub fn expect_availability(&self, slot: u16, availability: Availability) {
        self.items.change(|items| {
            for item in items.iter_mut().filter(|item| item.slot == slot) {
                item.availability = availability;
            }
        });
        self.learn_catalogue();
    }

    /// The screen on the panel now, if the customer knows it.
    #[must_use]
    pub fn look(&self) -> Option<Seen> {
        self.eyes.sight.read(|sight| sight.seen)
    }

    /// Waits for a known screen that `look` accepts.
    ///
    /// # Errors
    /// [`CustomerError::TooLate`] when `limit` passes before.
    pub fn wait_for<R>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(Seen) -> Option<R>,
    ) -> Result<R, CustomerError> {
        Ok(self.eyes.sight.wait(what, limit, |sight| look(sight.seen?))?)
    }

    /// Where this button is on the customer's panel.
    fn find(&self, screen: &Screen, button: Touch) -> Option<(u32, u32)> {
        let view = View::new(self.language, screen.clone());
        let hits = |x: u32, y: u32| {
            touch(&self.design, &view, size(self.size), point(x, y)) == Some(button)
        };
        let before = self.found.read(|found| {
            let mut spots = found.iter().filter(|(it, _)| *it == button).map(|(_, at)| *at);
            spots.find(|(x, y)| hits(*x, *y))
        });
        if before.is_some() {
            return before;
        }
        let grid = |side: u32| (GRID / 2..side).step_by(GRID as usize);
        let mut found = grid(self.size.1)
            .flat_map(|y| grid(self.size.0).map(move |x| (x, y)))
            .filter(|(x, y)| hits(*x, *y));
        // From the corner where it begins to the middle of it.
        let (left, top) = found.next()?;
        let right = grid(self.size.0).take_while(|x| *x <= left || hits(*x, top)).last()?;
        let bottom = grid(self.size.1).take_while(|y| *y <= top || hits(left, *y)).last()?;
        let middle = (left.midpoint(right), top.midpoint(bottom));
        self.found.change(|found| found.push((button, middle)));
        Some(middle)
    }

    fn press(&self, screen: &Screen, button: Touch) -> Result<(), CustomerError> {
        let (x, y) = self.find(screen, button).ok_or(CustomerError::NoSuchButton(button))?;
        self.panel.touch(x, y).map_err(CustomerError::Touch)
    }

    fn page_of(&self, slot: u16) -> Option<u16> {
        let pages = self.items.read(|items| u16::try_from(items.len()).unwrap_or(u16::MAX));
        (0..pages).find(|page| self.find(&self.catalogue(*page), Touch::Select(slot)).is_some())
    }

    fn item(&self, slot: u16) -> Result<Item, CustomerError> {
        self.items
            .read(|items| items.iter().find(|item| item.slot == slot).cloned())
            .ok_or(CustomerError::NoSuchButton(Touch::Select(slot)))
    }

    fn catalogue(&self, page: u16) -> Screen {
        Screen::Catalogue { items: self.items.read(Clone::clone), page, keypad: self.keypad }
    }

    fn learn_catalogue(&self) {
        let items = self.items.read(|items| u16::try_from(items.len()).unwrap_or(u16::MAX));
        // Beyond the last page the last one is drawn again: the first number of a picture stays.
        for page in 0..items.max(1) {
            if !self.learn(Seen::Catalogue(page), self.catalogue(page)) {
                break;
            }
        }
    }

    /// Whether it was new.
    fn learn(&self, seen: Seen, screen: Screen) -> bool {
        let view = View::new(self.language, screen);
        let hash = self.sketch.lock().unwrap_or_else(PoisonError::into_inner).hash(&view);
        let new = self.eyes.memory.change(|memory| {
            let known = memory.contains_key(&hash);
            memory.entry(hash).or_insert(seen);
            !known
        });
        // It may be there already.
        if let Some(picture) = self.panel.picture() {
            self.eyes.see(picture.number, Some(&picture));
        }
        new
    }
}

impl Drop for Customer {
    fn drop(&mut self) {
        self.eyes.closing.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed by its own thread.
            let _ = thread.join();
        }
    }
}

/// Compares every picture with the screens known by heart.
#[derive(Debug)]
struct Eyes {
    memory: Watched<BTreeMap<u64, Seen>>,
    sight: Watched<Sight>,
    timeline: Timeline,
    closing: AtomicBool,
}

impl Eyes {
    fn run(&self, panel: &Panel) {
        let mut number = 0;
        while !self.closing.load(Ordering::SeqCst) {
            let Ok((next, picture)) = panel.next(number, LOOK_AGAIN) else {
                continue;
            };
            number = next;
            self.see(number, picture.as_ref());
        }
    }

    /// Takes note of picture `number`, unless a newer one has been seen.
    fn see(&self, number: u64, picture: Option<&Picture>) {
        let hash = picture.map(|picture| hash(&picture.pixels));
        let seen = hash.and_then(|hash| self.memory.read(|memory| memory.get(&hash).copied()));
        self.sight.change(|sight| {
            if number < sight.number {
                return;
            }
            sight.number = number;
            if let (Some(picture), Some(seen)) = (picture, seen)
                && sight.seen != Some(seen)
            {
                self.timeline.mark_at(picture.at, What::ScreenShown(seen.name()));
            }
            sight.seen = seen;
        });
    }
}

/// The newest screen.
#[derive(Debug, Default)]
struct Sight {
    number: u64,
    seen: Option<Seen>,
}

/// A canvas and the painter that remembers what stands on it.
#[derive(Debug)]
struct Sketch {
    painter: Painter,
    canvas: Canvas,
}

impl Sketch {
    fn hash(&mut self, view: &View) -> u64 {
        let Ok(_) = self.painter.draw(view, Duration::ZERO, &mut self.canvas);
        hash(self.canvas.pixels())
    }
}

/// A screen that the customer knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// This page of the catalogue.
    Catalogue(u16),
    /// Take your item.
    Farewell,
    /// It did not go well.
    Sorry(Trouble),
}

impl Seen {
    fn name(self) -> &'static str {
        match self {
            Self::Catalogue(_) => "catalogue",
            Self::Farewell => "farewell",
            Self::Sorry(trouble) => match trouble.refund() {
                None => "sorry",
                Some(Refund::Owed) => "sorry, the operator pays back",
                Some(Refund::UnderWay) => "sorry, the money goes back",
                Some(Refund::Done) => "sorry, the money is back",
            },
        }
    }
}

/// The customer is at a loss.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// The screen has no such button.
    #[error("there is no button for {0:?} on the panel")]
    NoSuchButton(Touch),
    /// The finger hit nothing.
    #[error("cannot touch the panel")]
    Touch(#[source] io::Error),
    /// Something did not appear.
    #[error(transparent)]
    TooLate(#[from] TooLate),
}

const TROUBLES: [Trouble; 14] = [
    Trouble::NotVended(Refund::Owed),
    Trouble::NotVended(Refund::UnderWay),
    Trouble::NotVended(Refund::Done),
    Trouble::InDoubt,
    Trouble::InDoubtRefund(Refund::Owed),
    Trouble::InDoubtRefund(Refund::UnderWay),
    Trouble::InDoubtRefund(Refund::Done),
    Trouble::PaidTooLate(Refund::Owed),
    Trouble::PaidTooLate(Refund::UnderWay),
    Trouble::PaidTooLate(Refund::Done),
    Trouble::GatewayDown,
    Trouble::OrderRefused,
    Trouble::MachineFault,
    Trouble::SlotBlocked,
];

fn hash(pixels: &[u32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    pixels.hash(&mut hasher);
    hasher.finish()
}

const fn size((width, height): (u32, u32)) -> Size {
    Size::new(width, height)
}

fn point(x: u32, y: u32) -> Point {
    Point::new(i32::try_from(x).unwrap_or(i32::MAX), i32::try_from(y).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests;
