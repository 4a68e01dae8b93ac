//! How the panel is photographed: what can be wrong, and how much of it.

use tests::optics::{Chance, Lamp, Light, Photo, Sensor, Shot};

use crate::screen::{Place, Scenery};

const SEED: u64 = 1;

/// Pixels of the camera per module: few, as the panel then takes some 300 of the 1080 columns that
/// a phone has to search.
const MODULE: f64 = 4.5;
/// About the same where the sub-pixels are seen: from a little nearer.
const MODULE_OF_BEAT: f64 = 7.0;
/// What share of a camera's pixel sees light where sub-pixels are seen. A colour has every second
/// place of a sensor only (Bayer): half; the lens mixes in what is beside it.
const APERTURE: f64 = 0.75;
/// Standard deviation of a good lens's blur, in pixels of the camera.
const LENS: f32 = 0.5;
/// What the panel's white reaches of the largest stored light: as a phone exposes.
const WHITE: f32 = 0.8;
/// At ISO 50, in a pixel of 1 µm.
const ELECTRONS: f32 = 5000.0;
/// From the lens to the panel, in diagonals of the panel: 30 cm before one of 7 inches.
const DISTANCE: f64 = 1.7;
/// Light around the panel: the machine is black.
const CASING: f32 = 0.03;
/// So much of it is in the photo, in modules.
const MARGIN: f64 = 2.0;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Blur,
    Glare,
    Dark,
    Sun,
    Far,
    Tilt,
    Moire,
    Street,
}

impl Group {
    pub(crate) const ALL: [Self; 8] = [
        Self::Blur,
        Self::Glare,
        Self::Dark,
        Self::Sun,
        Self::Far,
        Self::Tilt,
        Self::Moire,
        Self::Street,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blur => "blur",
            Self::Tilt => "tilt",
            Self::Glare => "glare",
            Self::Dark => "dark",
            Self::Moire => "moire",
            Self::Far => "far",
            Self::Sun => "sun",
            Self::Street => "street",
        }
    }
}

/// One photo. Lengths are in modules of the code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) group: Group,
    /// It must be read.
    pub(crate) mild: bool,
    /// Pixels of the camera per module.
    module: f64,
    /// Instead, by how much the camera's pixels miss being as wide as one, two or three of the
    /// panel's: its sub-pixels are seen then.
    beat: Option<f64>,
    /// Degrees, around the horizontal and the vertical axis.
    tilt: [f64; 2],
    /// Degrees.
    roll: f64,
    /// Standard deviation.
    smear: f32,
    /// Radius of the disc.
    focus: f32,
    /// Counted from the middle of the code.
    lamp: Option<Lamp>,
    /// Symbol contrast (ISO/IEC 15415: A from 0.70, B from 0.55, C from 0.40, D from 0.20).
    contrast: f32,
    /// Share of the largest stored light that the panel's white reaches.
    white: f32,
    /// Electrons of the largest stored light.
    electrons: f32,
}

/// Nothing is wrong.
const GOOD: Case = Case {
    group: Group::Street,
    mild: true,
    module: MODULE,
    beat: None,
    tilt: [0.0; 2],
    roll: 0.0,
    smear: 0.0,
    focus: 0.0,
    lamp: None,
    contrast: 1.0,
    white: WHITE,
    electrons: ELECTRONS,
};

/// Takes all photos of one panel. The same `stream` brings the same chances, whatever it shows.
pub(crate) fn photograph(cases: &[Case], scenery: &Scenery, stream: u64) -> Vec<Photo> {
    let mut chance = Chance::new(SEED, stream);
    let off = [chance.even(), chance.even()].map(|off| 0.5 * f64::from(off));
    // Most cases are the same view with something else wrong.
    let mut last: Option<(Shot, Light)> = None;
    let photos = (1_u64..).zip(cases).map(|(number, case)| {
        let shot = Shot { off, ..case.shot(scenery) };
        let taken = last.take().filter(|(before, _)| *before == shot);
        let (_, light) = taken.unwrap_or_else(|| (shot, shot.take(case.picture(scenery).0)));
        let photo =
            case.store(scenery, &shot, light.clone(), &mut Chance::new(SEED, stream + number));
        last = Some((shot, light));
        photo
    });
    photos.collect()
}

impl Case {
    /// What the lens sees, and points of it per pixel of the panel.
    fn picture<'a>(&self, scenery: &'a Scenery) -> (&'a Light, f64) {
        if self.beat.is_some() { (&scenery.sub_pixels, 3.0) } else { (&scenery.pixels, 1.0) }
    }

    /// Pixels of the camera per pixel of the panel.
    fn pitch(&self, code: Place) -> f64 {
        let module = f64::from(code.module);
        match self.beat {
            None => self.module / module,
            Some(beat) => beat / (module / MODULE_OF_BEAT).round().max(1.0),
        }
    }

    /// How the camera is held.
    fn shot(&self, scenery: &Scenery) -> Shot {
        let (_, of_pixel) = self.picture(scenery);
        let pitch = self.pitch(scenery.code);
        let near = self.beat.is_some();
        Shot {
            scale: pitch / of_pixel,
            tilt: self.tilt,
            roll: self.roll,
            distance: DISTANCE,
            off: [0.0; 2],
            aperture: if near { APERTURE } else { 1.0 },
            rays: if near { 5 } else { 3 },
            margin: MARGIN * pitch * f64::from(scenery.code.module),
            around: CASING,
        }
    }

    /// What becomes of the light on its way through the glass and the lens, and in the sensor.
    fn store(&self, scenery: &Scenery, shot: &Shot, light: Light, chance: &mut Chance) -> Photo {
        let code = scenery.code;
        let module = narrow(self.pitch(code) * f64::from(code.module));
        let mut light = light;
        if let Some(lamp) = self.lamp {
            let (picture, of_pixel) = self.picture(scenery);
            let mut on_picture = |corner: u32, at: f32| {
                let modules = 0.5 * f64::from(code.modules) + f64::from(at + chance.even());
                (f64::from(corner) + modules * f64::from(code.module)) * of_pixel
            };
            let at = [on_picture(code.left, lamp.at[0]), on_picture(code.top, lamp.at[1])];
            let at = shot.place(picture, at).map(narrow);
            light.add_lamp(&Lamp { at, radius: lamp.radius.map(|it| it * module), ..lamp });
        }
        light.add(1.0 / self.contrast - 1.0);
        if self.focus > 0.0 {
            light = light.out_of_focus(self.focus * module);
        }
        let light = light.smeared(LENS.hypot(self.smear * module));
        let sensor = Sensor { white: self.white * self.contrast, electrons: self.electrons };
        sensor.store(&light, chance)
    }
}

/// All that is wrong, straight views first.
pub(crate) fn cases() -> Vec<Case> {
    [blur(), glare(), dark(), sun(), far(), tilt(), moire(), street()].concat()
}

/// Out of focus, or moved.
fn blur() -> Vec<Case> {
    let smear = |smear, mild| Case { group: Group::Blur, smear, mild, ..GOOD };
    let focus = |focus, mild| Case { group: Group::Blur, focus, mild, ..GOOD };
    vec![
        smear(0.2, true),
        smear(0.3, true),
        smear(0.4, false),
        smear(0.5, false),
        focus(0.35, true),
        focus(0.5, true),
        focus(0.6, false),
        focus(0.7, false),
    ]
}

/// From the side, from above, and turned.
fn tilt() -> Vec<Case> {
    let tilt = |x, y, roll, mild| Case { group: Group::Tilt, tilt: [x, y], roll, mild, ..GOOD };
    vec![
        tilt(0.0, 0.0, 12.0, true),
        tilt(0.0, 0.0, 45.0, true),
        tilt(20.0, 0.0, 0.0, true),
        tilt(0.0, -20.0, 5.0, true),
        tilt(20.0, 20.0, -30.0, true),
        tilt(-45.0, 0.0, 0.0, false),
        tilt(0.0, 45.0, 10.0, false),
        tilt(35.0, -35.0, 20.0, false),
        tilt(45.0, 45.0, 0.0, false),
        tilt(-45.0, 45.0, 80.0, false),
    ]
}

/// Mirrored: the sky, soft, and lamps that hide what is behind them.
fn glare() -> Vec<Case> {
    let glare = |at, radius, power, soft, mild| {
        let lamp = Some(Lamp { at, radius, power, soft });
        Case { group: Group::Glare, lamp, mild, ..GOOD }
    };
    let lamp = |at, radius: f32, mild| glare(at, [radius; 2], 20.0, false, mild);
    vec![
        glare([0.0, 0.0], [12.0, 6.0], 0.3, true, true),
        glare([-8.0, 5.0], [6.0, 12.0], 0.6, true, true),
        glare([5.0, -6.0], [8.0, 5.0], 1.5, true, false),
        glare([-10.0, -10.0], [8.0, 8.0], 3.0, true, false),
        lamp([3.0, 2.0], 1.5, true),
        lamp([-3.0, 0.0], 2.5, true),
        lamp([2.0, -1.0], 3.5, false),
        lamp([0.0, 4.0], 4.5, false),
        lamp([10.0, 10.0], 3.5, false),
        lamp([-12.0, -12.0], 2.5, false),
        // A tube across the code.
        glare([0.0, 1.0], [16.0, 0.7], 20.0, false, false),
    ]
}

/// At night: little light, and much amplified.
fn dark() -> Vec<Case> {
    let dark = |white, electrons, mild| Case { group: Group::Dark, white, electrons, mild, ..GOOD };
    vec![
        dark(0.2, 5000.0, true),
        dark(0.05, 5000.0, true),
        dark(0.3, 800.0, true),
        dark(0.3, 300.0, false),
        dark(0.1, 300.0, false),
        dark(0.3, 80.0, false),
        dark(0.3, 40.0, false),
    ]
}

/// So near that the camera's grid meets that of the panel's sub-pixels.
fn moire() -> Vec<Case> {
    let moire =
        |beat, roll, mild| Case { group: Group::Moire, beat: Some(beat), roll, mild, ..GOOD };
    vec![
        moire(0.97, 0.7, true),
        moire(1.04, -2.0, true),
        moire(1.1, 4.0, true),
        moire(0.85, 1.0, false),
        moire(0.5, 1.5, false),
    ]
}

/// From far away.
fn far() -> Vec<Case> {
    let far = |module, mild| Case { group: Group::Far, module, mild, ..GOOD };
    vec![far(4.0, true), far(3.0, true), far(2.5, false), far(2.0, false), far(1.8, false)]
}

/// In the sun, which leaves little contrast.
fn sun() -> Vec<Case> {
    let sun = |contrast, mild| Case { group: Group::Sun, contrast, mild, ..GOOD };
    vec![
        sun(0.7, true),
        sun(0.4, true),
        sun(0.2, true),
        sun(0.15, false),
        sun(0.1, false),
        sun(0.08, false),
    ]
}

/// Some of everything, as it comes.
fn street() -> Vec<Case> {
    let lamp = Some(Lamp { at: [2.0, 0.0], radius: [2.0, 2.0], power: 20.0, soft: false });
    let sky = Some(Lamp { at: [6.0, -6.0], radius: [10.0, 6.0], power: 0.5, soft: true });
    let hard = Case { mild: false, ..GOOD };
    vec![
        GOOD,
        Case { contrast: 0.4, smear: 0.2, tilt: [15.0, -10.0], lamp: sky, ..GOOD },
        Case { white: 0.4, electrons: 800.0, focus: 0.3, lamp, roll: 8.0, ..GOOD },
        Case { smear: 0.2, tilt: [20.0, 15.0], roll: -20.0, ..GOOD },
        Case { contrast: 0.3, smear: 0.3, tilt: [25.0, -15.0], lamp: sky, ..hard },
        Case { contrast: 0.2, smear: 0.35, tilt: [30.0, -20.0], lamp: sky, ..hard },
        Case { white: 0.3, electrons: 300.0, focus: 0.5, roll: 25.0, ..hard },
        Case { smear: 0.3, tilt: [30.0, 20.0], roll: -40.0, module: 4.0, ..hard },
        Case { smear: 0.4, tilt: [25.0, 15.0], roll: -20.0, module: 4.0, ..hard },
        Case { contrast: 0.4, white: 0.4, electrons: 800.0, smear: 0.3, module: 3.5, lamp, ..hard },
    ]
}

#[expect(clippy::cast_possible_truncation, reason = "a length in a photo")]
fn narrow(length: f64) -> f32 {
    length as f32
}
