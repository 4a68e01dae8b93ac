//! File systems of our own, on files of our own, for disks that fail. Needs root and loop devices.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::outside::{end, find, run, skip};

/// One mounted file system; dropping it takes it away, even from under a program.
#[derive(Debug)]
pub(crate) struct Mount {
    at: PathBuf,
}

impl Mount {
    /// Whether this user may mount at all; otherwise says that the test is skipped.
    pub(crate) fn is_possible() -> bool {
        if find("mkfs.ext4", "e2fsprogs").is_none() || find("losetup", "mount").is_none() {
            return false;
        }
        let root = rustix::process::geteuid().is_root();
        if !root || !Path::new("/dev/loop-control").exists() {
            skip("only root can mount file systems on loop devices, and a container may have none");
            return false;
        }
        true
    }

    /// ext4 in the file `image`, with the mount options `options`.
    pub(crate) fn ext4(image: &Path, at: &Path, options: &str) -> Self {
        run(Command::new("mount")
            .args(["-t", "ext4", "-o", &format!("loop,{options}")])
            .args([image, at]));
        Self { at: at.to_owned() }
    }

    /// Writes into a file of this ext4 under `/sys/fs/ext4`.
    pub(crate) fn tune(&self, file: &str, value: &str) {
        let source = run(Command::new("findmnt").args(["-no", "SOURCE"]).arg(&self.at));
        let device = Path::new(source.trim()).file_name().unwrap();
        fs::write(Path::new("/sys/fs/ext4").join(device).join(file), value).unwrap();
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a program of a test that failed may still be in it. The loop device goes with it.
        let done = end(Command::new("umount").arg("--lazy").arg(&self.at));
        if !done.status.success() {
            println!("cannot unmount {}: {done:?}", self.at.display());
        }
    }
}

/// An ext4 file system of `mebibytes` in the file `image`, all of whose blocks have their place.
pub(crate) fn format(image: &Path, mebibytes: u32) {
    let size = format!("{mebibytes}M");
    run(Command::new("mkfs.ext4")
        .args(["-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"])
        .arg(image)
        .arg(&size));
    // mkfs makes holes where it wants zeros, in the journal's place too.
    run(Command::new("fallocate").args(["--length", &format!("{mebibytes}MiB")]).arg(image));
}

/// Writes until nothing more fits beside it.
pub(crate) fn fill(file: &Path) {
    let mut filler = File::create(file).unwrap();
    // Large pieces first; then what is left between them.
    for piece in [1 << 20, 4096, 1] {
        let zeros = vec![0; piece];
        while filler.write_all(&zeros).and_then(|()| filler.sync_data()).is_ok() {}
    }
}

/// Makes room again.
pub(crate) fn empty(file: &Path) {
    fs::remove_file(file).unwrap();
}
