//! An archive for the kernel to start from: cpio, "newc", as Linux'
//! Documentation/driver-api/early-userspace/buffer-format.rst has it. Made without root.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path},
};

const DIRECTORY: u32 = 0o040_755;
const REGULAR: u32 = 0o100_000;
const CHARACTER_DEVICE: u32 = 0o020_600;

/// The archive while it is made. Names in it are absolute.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    bytes: Vec<u8>,
    entries: u32,
    directories: BTreeSet<String>,
}

impl Archive {
    /// Adds the host's file `from` as `name`, with its permissions.
    pub(crate) fn add_file(&mut self, from: &Path, name: &Path) {
        let mode = fs::metadata(from).unwrap().permissions().mode() & 0o777;
        self.add(name, &fs::read(from).unwrap(), mode);
    }

    /// Adds a file with this content.
    pub(crate) fn add(&mut self, name: &Path, content: &[u8], mode: u32) {
        self.parents(name);
        self.entry(&relative(name), REGULAR | mode, content, (0, 0));
    }

    /// The archive, with the console that the first program writes to.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.parents(Path::new("/dev/console"));
        self.entry("dev/console", CHARACTER_DEVICE, &[], (5, 1));
        self.entry("TRAILER!!!", 0, &[], (0, 0));
        self.bytes
    }

    fn parents(&mut self, name: &Path) {
        let mut parents: Vec<String> = name.ancestors().skip(1).map(relative).collect();
        parents.reverse();
        for parent in parents.into_iter().filter(|parent| !parent.is_empty()) {
            if self.directories.insert(parent.clone()) {
                self.entry(&parent, DIRECTORY, &[], (0, 0));
            }
        }
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8], device: (u32, u32)) {
        self.entries += 1;
        let size = u32::try_from(content.len()).unwrap();
        let name_size = u32::try_from(name.len()).unwrap() + 1;
        // ino, mode, uid, gid, nlink, mtime, size, device of the file system, own, name, check
        let head = [self.entries, mode, 0, 0, 1, 0, size, 0, 0, device.0, device.1, name_size, 0];
        self.bytes.extend_from_slice(b"070701");
        for field in head {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

fn relative(name: &Path) -> String {
    let parts = name.components().filter(|part| matches!(part, Component::Normal(_)));
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_str().unwrap()).collect();
    parts.join("/")
}
