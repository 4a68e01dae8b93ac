//! A machine of its own for kioskd: Debian's kernel in QEMU, a virtual disk with ext4, a serial
//! line to the simulated board, slirp's way to the simulated gateway. Killing it is a power cut.
//!
//! ```text
//!  guest ── ttyS0 ──► standard error: kioskd's log lines
//!    │ ├─── ttyS1 ──► the board's pseudo terminal
//!    │ ├─── eth0 ───► 10.0.2.2 = this host's loopback: the gateway; back to it by hostfwd
//!    │ └─── vda ────► disk, a file: what the guest has flushed is in it, nothing else for sure
//!    └ the files of its configuration have the names that they have on the host
//! ```

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use tests::machine::{MachineError, SaleLine};

use crate::{
    cpio::Archive,
    outside::{end, find, run, skip},
    shop::{Shop, program},
};

/// What slirp calls the guest.
const ADDRESS: &str = "10.0.2.15";
/// What the guest calls the host.
const HOST: &str = "10.0.2.2";
/// What the configuration names, beside itself.
const FILES: [&str; 7] = [
    "kioskd.toml",
    "api_key",
    "jsapi_token",
    "app_secret",
    "ca.pem",
    "apiclient_cert.pem",
    "apiclient_key.pem",
];
/// The disk's size; a log of some weeks is 1 MB.
const DISK: &str = "64M";
/// For the kernel: no time is spent on what an emulated machine does not need.
const KERNEL_ARGUMENTS: &str = "console=ttyS0 quiet panic=-1 rdinit=/init tsc=reliable \
     no_timer_check mitigations=off nokaslr random.trust_cpu=on";

/// Whether the guest's fsync and fdatasync reach its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sync {
    /// As everywhere.
    Done,
    /// They return at once.
    LeftOut,
}

/// A machine in QEMU, in the place of kioskd.
pub(crate) struct Guest {
    qemu: PathBuf,
    debugfs: PathBuf,
    e2fsck: PathBuf,
    mkfs: PathBuf,
    /// As `tests/guest/prepare` leaves it.
    parts: PathBuf,
    dir: TempDir,
}

impl Guest {
    /// `None` when the test is to be skipped for want of something.
    pub(crate) fn find() -> Option<Self> {
        let qemu = find("qemu-system-x86_64", "qemu-system-x86")?;
        let [debugfs, e2fsck, mkfs] =
            ["debugfs", "e2fsck", "mkfs.ext4"].map(|program| find(program, "e2fsprogs"));
        find("gcc", "gcc")?;
        let parts = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("guest");
        if !parts.join("complete").is_file() {
            skip(&format!("there is no {}: run tests/guest/prepare", parts.display()));
            return None;
        }
        let (debugfs, e2fsck, mkfs) = (debugfs?, e2fsck?, mkfs?);
        Some(Self { qemu, debugfs, e2fsck, mkfs, parts, dir: tempfile::tempdir().unwrap() })
    }

    /// What stands in the place of kioskd, once it is furnished.
    pub(crate) fn program(&self) -> PathBuf {
        self.dir.path().join("kioskd")
    }

    /// Makes everything that the guest of this shop starts from, and an empty disk.
    pub(crate) fn furnish(&self, shop: &Shop) {
        fs::write(self.dir.path().join("start.cpio"), self.archive(shop)).unwrap();
        run(Command::new(&self.mkfs)
            .args(["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"])
            .arg(self.disk())
            .arg(DISK));
        self.set_sync(shop, Sync::Done);
    }

    /// From the next start on.
    pub(crate) fn set_sync(&self, shop: &Shop, sync: Sync) {
        fs::write(self.program(), self.script(shop, sync)).unwrap();
        fs::set_permissions(self.program(), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What a switched off machine has on its disk: the file system is whole after the journal was
    /// replayed, and this is the order log in it.
    pub(crate) fn log(&self, shop: &Shop) -> Result<Vec<SaleLine>, MachineError> {
        let copy = self.dir.path().join("copy");
        run(Command::new("cp").arg("--sparse=always").arg(self.disk()).arg(&copy));
        // 1: something was done, the journal namely.
        let replayed =
            end(Command::new(&self.e2fsck).args(["-y", "-E", "journal_only"]).arg(&copy));
        assert!(matches!(replayed.status.code(), Some(0 | 1)), "{replayed:?}");
        run(Command::new(&self.e2fsck).arg("-fn").arg(&copy));
        let data = shop.dir().join("data");
        let _ = fs::remove_dir_all(data.join("orders"));
        let dump = format!("rdump /orders {}", data.display());
        run(Command::new(&self.debugfs).arg("-R").arg(dump).arg(&copy));
        if data.join("orders").exists() { shop.machine.sales() } else { Ok(Vec::new()) }
    }

    fn disk(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    fn script(&self, shop: &Shop, sync: Sync) -> String {
        let sync = if sync == Sync::Done { "" } else { " sync=never" };
        let port = shop.intake.port();
        format!(
            "#!/bin/sh\n# `kioskd run` is a machine in QEMU; everything else is kioskd itself.\n\
             [ \"$1\" = run ] || exec {kioskd} \"$@\"\n\
             exec {qemu} -M pc -accel tcg -cpu max -m 256 -nodefaults -no-reboot -display none \
             -kernel {parts}/vmlinux -initrd {dir}/start.cpio -append '{KERNEL_ARGUMENTS}{sync}' \
             -chardev stdio,id=console,signal=off -serial chardev:console \
             -chardev serial,id=board,path={board} -serial chardev:board \
             -drive file={dir}/disk,if=virtio,format=raw,cache=writeback \
             -netdev user,id=net,hostfwd=tcp:127.0.0.1:{port}-{ADDRESS}:{port} \
             -device virtio-net-pci,netdev=net,romfile= >&2\n",
            kioskd = program().display(),
            qemu = self.qemu.display(),
            parts = self.parts.display(),
            dir = self.dir.path().display(),
            board = shop.board.link().display(),
        )
    }

    fn archive(&self, shop: &Shop) -> Vec<u8> {
        let mut archive = Archive::default();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest");
        archive.add_file(&sources.join("init"), Path::new("/init"));
        archive.add_file(&self.parts.join("busybox"), Path::new("/bin/busybox"));
        for module in fs::read_dir(self.parts.join("modules")).unwrap() {
            let module = module.unwrap();
            archive.add_file(&module.path(), &Path::new("/modules").join(module.file_name()));
        }
        archive.add_file(&self.nosync(&sources), Path::new("/nosync.so"));
        // Without its line tables a debug build is a tenth of its size.
        let kioskd = self.dir.path().join("stripped");
        run(Command::new("strip").arg("-o").arg(&kioskd).arg(program()));
        archive.add_file(&kioskd, Path::new("/bin/kioskd"));
        for library in libraries(program()) {
            archive.add_file(&library, &library);
        }
        for name in FILES {
            let file = shop.dir().join(name);
            match name {
                "kioskd.toml" => archive.add(&file, in_guest(&file).as_bytes(), 0o644),
                _ => archive.add_file(&file, &file),
            }
        }
        let machine =
            format!("DIR={}\nADDRESS={ADDRESS}\nKIOSKD=/bin/kioskd\n", shop.dir().display());
        archive.add(Path::new("/machine"), machine.as_bytes(), 0o644);
        archive.finish()
    }

    fn nosync(&self, sources: &Path) -> PathBuf {
        let library = self.dir.path().join("nosync.so");
        run(Command::new("gcc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(sources.join("nosync.c")));
        library
    }
}

/// The configuration with the guest's own view of the network.
fn in_guest(config: &Path) -> String {
    let text = fs::read_to_string(config).unwrap();
    let gateway = text.replace("https://127.0.0.1:", &format!("https://{HOST}:"));
    gateway.replace("listen = \"127.0.0.1:", "listen = \"0.0.0.0:")
}

/// The shared libraries of a program, and what loads them.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let listed = run(Command::new("ldd").arg(program));
    let paths = listed.split_whitespace().filter(|word| word.starts_with('/'));
    paths.map(PathBuf::from).collect()
}
