//! What kioskd writes is for its own user alone, and that user needs to be nobody special.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, chown, symlink},
    path::{Path, PathBuf},
};

use crate::{
    scene::{Scene, program, quick},
    tools::{complained, find, run, skip},
};

/// `nobody` on every Linux.
const NOBODY: u32 = 65_534;

#[test]
fn everything_that_kioskd_makes_is_private_whatever_the_umask() {
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::with_program(stand_in("open-umask", dir.path()), quick());
    scene.start();
    scene.buy(1);
    assert!(scene.machine.terminate().unwrap().success());
    // What was half written goes aside at the next start.
    let segment = scene.dir().join("data/orders/segments/00000001.seg");
    let mut segment = fs::OpenOptions::new().append(true).open(segment).unwrap();
    segment.write_all(b"half an entry").unwrap();
    scene.start();
    scene.buy(2);

    let mut made = Vec::new();
    walk(&scene.dir().join("data/orders"), &mut made);
    made.push(scene.machine.panel().to_owned());
    let names: Vec<_> = made.iter().map(|path| path.display().to_string()).collect();
    for part in ["/segments/", "/lock", "/aside/", "/sled/", "panel.sock"] {
        assert!(names.iter().any(|name| name.contains(part)), "no {part} in {names:?}");
    }
    for path in &made {
        let metadata = fs::symlink_metadata(path).unwrap();
        let kind = metadata.file_type();
        let wanted = if kind.is_dir() { 0o700 } else { 0o600 };
        assert!(kind.is_dir() || kind.is_file() || kind.is_socket(), "{}", path.display());
        assert_eq!(metadata.mode() & 0o7777, wanted, "{}", path.display());
    }
}

#[test]
fn a_user_without_rights_is_enough_for_a_whole_sale() {
    if !rustix::process::geteuid().is_root() {
        return skip("only root can become somebody else");
    }
    let Some(_) = find("setpriv", "util-linux") else { return };
    let dir = tempfile::tempdir().unwrap();
    let stand_in = stand_in("unprivileged", dir.path());
    // The user may not be let into the folders above the program.
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let real = dir.path().join("real");
    fs::remove_file(&real).unwrap();
    fs::create_dir(&real).unwrap();
    // By a program of its own: one that is still being written could not be started.
    let copied = run(Path::new("/bin/cp"), [program(), &real], b"");
    assert!(copied.status.success(), "{}", complained(&copied));

    let scene = Scene::with_program(stand_in, quick());
    let mut all = Vec::new();
    walk(scene.dir(), &mut all);
    all.iter().for_each(|path| chown(path, Some(NOBODY), Some(NOBODY)).unwrap());
    // As udev does for the group `dialout`.
    chown(scene.board.link(), Some(NOBODY), None).unwrap();
    scene.start();
    let status = format!("/proc/{}/status", scene.machine.pid().unwrap().as_raw_pid());
    let status = fs::read_to_string(status).unwrap();
    let nothing = "CapEff:\t0000000000000000";
    for line in ["Uid:\t65534\t65534", "Groups:\t \n", nothing, "NoNewPrivs:\t1"] {
        assert!(status.contains(line), "no {line:?} in {status}");
    }
    scene.buy(1);
    let jammed = scene.buy_jammed(2);
    scene.wait_refunded_once(&jammed);
    assert!(scene.machine.terminate().unwrap().success());
}

/// A fixture in the place of kioskd, with the folder of the real one beside it.
pub(crate) fn stand_in(fixture: &str, dir: &Path) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let name = dir.join("kioskd");
    symlink(fixtures.join(fixture).join("kioskd"), &name).unwrap();
    symlink(program().parent().unwrap(), dir.join("real")).unwrap();
    name
}

/// A folder and everything below it.
fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
    found.push(dir.to_owned());
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}
