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
use daemon::{
    config::{Config, ConfigError},
    design::{DesignError, Files, bare},
};
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
    /// A machine's configuration: its theme, colour, logo, letters, pictures and languages
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that it names.
    #[error(transparent)]
    Design(#[from] DesignError),
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
    let base = args.base()?;
    let (jobs, sheet) = (args.jobs(&base), Mutex::new(args.sheet(&base)));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut painter = Painter::new(Arc::new(Design::default()));
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            painter.redesign(Arc::new(job.design(&base)));
            painter.forget();
            let mut canvas = Canvas::new(job.size);
            let Ok(_) = painter.draw(&job.view, Duration::ZERO, &mut canvas);
            let path = args.out.join(job.file());
            sheet::write(&path, job.size, canvas.pixels()).map_err(writing(&path))?;
            let mut sheet = sheet.lock().unwrap_or_else(PoisonError::into_inner);
            sheet.add(job, canvas.pixels());
        }
        Ok::<(), ScreensError>(())
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
    /// The look of the machine, or of the demo, which speaks all languages.
    fn base(&self) -> Result<Design, ScreensError> {
        let Some(path) = &self.config else {
            let languages = Language::ALL.to_vec();
            return Ok(Design { languages, photos: photos()?, ..Design::default() });
        };
        let config = Config::read(path)?;
        let (mut design, mut fault) = (bare(&config), None);
        let side = Picture::KEPT_SIDE_MAX;
        Files::of(&config).read(&mut design, (side, side), |read| {
            fault = fault.take().or(read.err());
        });
        fault.map_or(Ok(design), |fault| Err(fault.into()))
    }

    fn jobs(&self, base: &Design) -> Vec<Job> {
        let views: Vec<_> = self.views(base).collect();
        let mut jobs = Vec::new();
        for size in self.sizes() {
            for appearance in self.themes(base) {
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

    /// Each screen that is wanted, and its name.
    fn views(&self, base: &Design) -> impl Iterator<Item = (String, View)> {
        let languages = self.languages(base);
        specimens::views().filter_map(move |(name, view)| {
            let (screen, _) = name.rsplit_once('-')?;
            let named = self.screen.is_empty() || self.screen.iter().any(|it| it == screen);
            let wanted = named && languages.contains(&view.language);
            wanted.then(|| (screen.to_owned(), view))
        })
    }

    fn sizes(&self) -> Vec<Size> {
        if self.size.is_empty() {
            return specimens::SIZES.to_vec();
        }
        self.size.iter().map(|(width, height)| Size::new(*width, *height)).collect()
    }

    fn themes(&self, base: &Design) -> Vec<Appearance> {
        if !self.theme.is_empty() {
            return self.theme.iter().copied().map(Appearance::from).collect();
        }
        match self.config {
            Some(_) => vec![base.appearance],
            None => vec![Appearance::Light, Appearance::Dark],
        }
    }

    fn languages(&self, base: &Design) -> Vec<Language> {
        if self.language.is_empty() { base.languages.clone() } else { self.language.clone() }
    }

    /// A row for each screen, a column for each size; themes and languages in turn.
    fn sheet(&self, base: &Design) -> Sheet {
        let mut rows: Vec<String> = Vec::new();
        for (screen, _) in self.views(base) {
            if !rows.contains(&screen) {
                rows.push(screen);
            }
        }
        Sheet::new(rows, self.sizes(), self.themes(base), self.languages(base))
    }
}

impl Job {
    /// Of a machine whose own language is that of the picture.
    fn design(&self, base: &Design) -> Design {
        let others = base.languages.iter().filter(|it| **it != self.view.language);
        let languages = [self.view.language].into_iter().chain(others.copied()).collect();
        let appearance = self.appearance;
        Design { appearance, motion: Motion::Still, languages, ..base.clone() }
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
            config: None,
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
    fn a_machine_is_drawn_as_its_operator_wants_it() {
        let dir = tempfile::tempdir().unwrap();
        let (config, out) = (dir.path().join("kioskd.toml"), dir.path().join("pictures"));
        let args = ScreensArgs {
            out: out.clone(),
            config: Some(config.clone()),
            size: vec![(320, 240)],
            theme: Vec::new(),
            language: Vec::new(),
            screen: vec!["starting".to_owned()],
        };
        fs::write(&config, CONFIG).unwrap();
        let error = screens(&args, &mut |_| {}).unwrap_err();
        assert!(error.to_string().starts_with("[screen] logo: "), "{error}");

        // All of a logo is seen.
        let logo = Canvas::new(Size::new_equal(40));
        sheet::write(&dir.path().join("logo.png"), Size::new_equal(40), logo.pixels()).unwrap();
        screens(&args, &mut |_| {}).unwrap();
        let mut files: Vec<_> = fs::read_dir(&out)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let expected =
            ["contact-sheet.png", "starting-320x240-dark-fr.png", "starting-320x240-dark-zh.png"];
        assert_eq!(files, expected, "its theme and languages");
        fs::write(&config, CONFIG.replace("logo = \"logo.png\"", "")).unwrap();
        let args = ScreensArgs { out: dir.path().join("others"), ..args };
        screens(&args, &mut |_| {}).unwrap();
        let [one, other] = [&out, &args.out].map(|dir| fs::read(dir.join(expected[1])).unwrap());
        assert_ne!(one, other, "its logo");
    }

    const CONFIG: &str = r#"
[machine]
id = "VM0001"
data_dir = "data"

[merchant]
appid = "wx8888888888888888"
mch_id = "1900000109"
api_key_file = "api_key"
notify_url = "https://relay.example.com/notify/VM0001"

[board]
kind = "waveshare"
port = "/dev/vend-relay"

[panel]
kind = "offscreen"
width = 320
height = 240

[screen]
theme = "dark"
logo = "logo.png"
languages = ["zh", "fr"]

[[slot]]
number = 1
name = { zh = "可乐", en = "Cola" }
price_fen = 350
coil = 0
drop_input = 0
"#;

    #[test]
    fn what_there_is_not_is_refused_with_what_there_is() {
        assert!(parse_screen("payment").is_ok() && parse_language("ko").is_ok());
        assert!(parse_screen("game").unwrap_err().contains("sorry-in-doubt"));
        assert!(parse_language("tlh").unwrap_err().contains("zh, en"));
    }
}
