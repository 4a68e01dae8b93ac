//! `simulate screens`: every screen as a picture, and all of them on one sheet to look at.

use std::{
    collections::BTreeMap,
    fs, io,
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use clap::Args;
use embedded_graphics::geometry::Size;
use kiosk::{
    Appearance, Availability, Canvas, Design, Item, Label, Language, Motion, Outage, Painter,
    Picture, PictureError, Progress, Refund, Screen, Trouble, View,
};

mod sheet;
#[path = "../../../kiosk/src/specimens.rs"]
mod specimens;

use crate::{
    cli::Theme,
    demo::{PHOTOS, photo},
};
use sheet::Sheet;

/// Draw every screen in every size, theme and language.
///
/// Each becomes `<screen>-<width>x<height>-<theme>-<language>.png`; `contact-sheet.png` shows each
/// screen in each size, languages and themes in turn. Without a choice they are some 5000.
#[derive(Debug, Args)]
pub(crate) struct ScreensArgs {
    /// Where to write the pictures; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only panels of this size; may be given more than once
    #[arg(long, value_name = "WxH", value_parser = crate::cli::parse_size)]
    size: Vec<(u32, u32)>,
    /// Only this theme, light or dark
    #[arg(long, value_enum, value_name = "THEME")]
    theme: Vec<Theme>,
    /// Only this language, such as zh; may be given more than once
    #[arg(long, value_name = "CODE", value_parser = parse_language)]
    language: Vec<Language>,
    /// Only this screen, such as payment; may be given more than once
    #[arg(long, value_name = "NAME", value_parser = parse_screen)]
    screen: Vec<String>,
}

/// The pictures could not be drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScreensError {
    /// A file.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file with a photo of the demo.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A photo of the demo.
    #[error("{}: cannot be used as a photo", path.display())]
    Photo {
        /// Which.
        path: PathBuf,
        /// Why.
        source: PictureError,
    },
}

/// One picture to be drawn.
struct Job {
    screen: String,
    view: View,
    size: Size,
    appearance: Appearance,
}

/// Draws what was asked for; `say` tells how many it were.
pub(crate) fn screens(args: &ScreensArgs, say: &mut dyn FnMut(&str)) -> Result<(), ScreensError> {
    let writing = |path: &Path| {
        let path = path.to_owned();
        move |source| ScreensError::Write { path, source }
    };
    fs::create_dir_all(&args.out).map_err(writing(&args.out))?;
    let (jobs, sheet) = (args.jobs(), Mutex::new(args.sheet()));
    let photos = photos()?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut painter = Painter::new(Arc::new(Design::default()));
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            painter.redesign(Arc::new(job.design(&photos)));
            painter.forget();
            let mut canvas = Canvas::new(job.size);
            let Ok(_) = painter.draw(&job.view, Duration::ZERO, &mut canvas);
            let path = args.out.join(job.file());
            sheet::write(&path, job.size, canvas.pixels()).map_err(writing(&path))?;
            let mut sheet = sheet.lock().unwrap_or_else(PoisonError::into_inner);
            sheet.add(job, canvas.pixels());
        }
        Ok(())
    };
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Ok(())))
    })?;
    let path = args.out.join("contact-sheet.png");
    let sheet = sheet.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (size, pixels) = sheet.finish();
    sheet::write(&path, size, &pixels).map_err(writing(&path))?;
    say(&format!("{} screens and {}", jobs.len(), path.display()));
    Ok(())
}

impl ScreensArgs {
    fn jobs(&self) -> Vec<Job> {
        let views: Vec<_> = specimens::views().filter_map(|view| self.wanted(view)).collect();
        let mut jobs = Vec::new();
        for size in self.sizes() {
            for appearance in self.themes() {
                jobs.extend(views.iter().map(|(screen, view)| Job {
                    screen: screen.clone(),
                    view: view.clone(),
                    size,
                    appearance,
                }));
            }
        }
        jobs
    }

    fn wanted(&self, (name, view): (String, View)) -> Option<(String, View)> {
        let (screen, _) = name.rsplit_once('-')?;
        let language = self.language.is_empty() || self.language.contains(&view.language);
        let named = self.screen.is_empty() || self.screen.iter().any(|it| it == screen);
        (language && named).then(|| (screen.to_owned(), view))
    }

    fn sizes(&self) -> Vec<Size> {
        if self.size.is_empty() {
            return specimens::SIZES.to_vec();
        }
        self.size.iter().map(|(width, height)| Size::new(*width, *height)).collect()
    }

    fn themes(&self) -> Vec<Appearance> {
        if self.theme.is_empty() {
            return vec![Appearance::Light, Appearance::Dark];
        }
        self.theme.iter().copied().map(Appearance::from).collect()
    }

    fn languages(&self) -> Vec<Language> {
        if self.language.is_empty() { Language::ALL.to_vec() } else { self.language.clone() }
    }

    /// A row for each screen, a column for each size; themes and languages in turn.
    fn sheet(&self) -> Sheet {
        let names = specimens::views().filter_map(|view| self.wanted(view));
        let mut rows: Vec<String> = Vec::new();
        for (screen, _) in names {
            if !rows.contains(&screen) {
                rows.push(screen);
            }
        }
        Sheet::new(rows, self.sizes(), self.themes(), self.languages())
    }
}

impl Job {
    /// With the photos of the demo, on a machine of this language, and all others.
    fn design(&self, photos: &BTreeMap<u16, Picture>) -> Design {
        let mut languages = Language::ALL.to_vec();
        languages.sort_by_key(|language| *language != self.view.language);
        Design {
            appearance: self.appearance,
            motion: Motion::Still,
            languages,
            photos: photos.clone(),
            ..Design::default()
        }
    }

    fn file(&self) -> String {
        let Size { width, height } = self.size;
        let theme = theme_name(self.appearance);
        format!("{}-{width}x{height}-{theme}-{}.png", self.screen, self.view.language.code())
    }
}

fn theme_name(appearance: Appearance) -> &'static str {
    match appearance {
        Appearance::Light => "light",
        Appearance::Dark => "dark",
    }
}

/// What lies in the demo's slots, 1 to 8.
fn photos() -> Result<BTreeMap<u16, Picture>, ScreensError> {
    let mut photos = BTreeMap::new();
    for (slot, path) in (1..).zip(PHOTOS.into_iter().filter_map(photo)) {
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(ScreensError::Read { path, source }),
        };
        match Picture::decode(&bytes) {
            Ok(picture) => photos.insert(slot, picture),
            Err(source) => return Err(ScreensError::Photo { path, source }),
        };
    }
    Ok(photos)
}

fn parse_language(text: &str) -> Result<Language, String> {
    let found = Language::ALL.into_iter().find(|language| language.code() == text);
    let codes = || Language::ALL.map(Language::code).join(", ");
    found.ok_or_else(|| format!("a language is one of {}", codes()))
}

fn parse_screen(text: &str) -> Result<String, String> {
    let names = specimens::views().filter_map(|(name, view)| {
        let screen = name.rsplit_once('-')?.0.to_owned();
        (view.language == Language::English).then_some(screen)
    });
    let names: Vec<String> = names.collect();
    if names.iter().any(|name| name == text) {
        return Ok(text.to_owned());
    }
    Err(format!("there is no such screen; there are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn what_is_asked_for_is_drawn_and_named_and_stands_on_the_sheet() {
        let dir = tempfile::tempdir().unwrap();
        let args = ScreensArgs {
            out: dir.path().join("pictures"),
            size: vec![(320, 240), (240, 320)],
            theme: vec![Theme::Dark],
            language: vec![Language::Korean],
            screen: vec!["payment".to_owned()],
        };
        let mut said = Vec::new();
        screens(&args, &mut |line| said.push(line.to_owned())).unwrap();
        let mut files: Vec<_> = fs::read_dir(&args.out)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let expected =
            ["contact-sheet.png", "payment-240x320-dark-ko.png", "payment-320x240-dark-ko.png"];
        assert_eq!(files, expected);
        assert!(said.concat().starts_with("2 screens"), "{said:?}");
        let sheet = fs::read(args.out.join("contact-sheet.png")).unwrap();
        let sheet = Picture::decode(&sheet).unwrap();
        assert!(sheet.size().width > 400 && sheet.size().height > 200, "{sheet:?}");
    }

    #[test]
    fn what_there_is_not_is_refused_with_what_there_is() {
        assert!(parse_screen("payment").is_ok() && parse_language("ko").is_ok());
        assert!(parse_screen("game").unwrap_err().contains("sorry-in-doubt"));
        assert!(parse_language("tlh").unwrap_err().contains("zh, en"));
    }
}
