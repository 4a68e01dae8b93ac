//! The QR on the real machine's panel, read by a program that knows nothing of this project.

use std::{fs, path::Path};

use tests::machine::MachineSettings;

use crate::{
    scene::{Scene, quick},
    tools::{complained, find, run, said},
};

#[test]
fn zbar_reads_the_qr_on_panels_of_all_shapes() {
    let Some(zbarimg) = find("zbarimg", "zbar-tools") else { return };
    for size in [(320, 240), (800, 480), (480, 800)] {
        let scene = Scene::open(MachineSettings { size, ..quick() });
        let chosen = scene.choose(1);
        let png = scene.panel.picture().unwrap().png().unwrap();
        let file = scene.dir().join("payment.png");
        fs::write(&file, png).unwrap();
        let arguments = ["--quiet", "--raw"].map(AsRef::as_ref).into_iter();
        let read = run(&zbarimg, arguments.chain([file.as_os_str()]), b"");
        assert_eq!(said(&read).trim_end(), chosen.code, "{size:?}: {}", complained(&read));
    }
}

/// They are read while the machine already sells.
#[test]
fn pictures_are_seen_once_they_are_read() {
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kiosk/tests/photos");
    let mut settings = quick();
    for (slot, photo) in settings.slots.iter_mut().zip(["cola.png", "biscuits.jpg"]) {
        slot.picture = Some(photos.join(photo));
    }
    // Nobody knows a catalogue by anything but all of its pixels.
    let scene = Scene::open(settings);
    scene.choose(1);
}
