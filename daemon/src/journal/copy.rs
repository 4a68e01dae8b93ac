//! Opening the copy whatever state it is in: as it is, without its snapshot, or new.
//!
//! ```text
//!   as it is ──fails, panics, hangs──► without snap.*, conf ──again──► set aside, a new one ──┐
//!      │                                        │                             │              │
//!      └──────────────────► open ◄──────────────┴─────────────────────────────┘      no copy ◄┘
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    OpenOptions,
    aside::{Aside, sync_dir},
    error::Finding,
    mirror::Mirror,
    probe::{self, ProbeError},
    scan::Scan,
    store::Comparison,
};

/// Added to the deadline for each record: a long log takes time without being hung. A row takes
/// about 1 µs to open and compare on a desktop processor; a small board with an SD card is far
/// slower.
const PER_RECORD: Duration = Duration::from_micros(50);

/// How directories and snapshots of the copy are called in `aside`.
const ASIDE_KIND: &str = "sled.damaged";

/// The copy's place and what is needed to open it.
#[derive(Debug)]
pub(super) struct Copy<'a> {
    /// sled's directory.
    pub(super) dir: PathBuf,
    /// Where its damaged files go.
    pub(super) aside: &'a Aside,
    /// The caller's wishes.
    pub(super) options: &'a OpenOptions,
}

impl Copy<'_> {
    /// Opens the copy and compares it with `scan`. `None` when there can be no copy now; `findings`
    /// says why.
    pub(super) fn open(
        &self,
        scan: &Arc<Scan>,
        findings: &mut Vec<Finding>,
    ) -> Option<(Mirror, Comparison)> {
        let known = u32::try_from(scan.last() - scan.base.last).unwrap_or(u32::MAX);
        let half = (self.options.store_deadline + PER_RECORD.saturating_mul(known)) / 2;
        let first = match self.attempt(scan, half, findings) {
            Ok(open) => return Some(open),
            Err(fault) => fault,
        };
        let fault = match self.set_snapshot_aside() {
            Ok(None) => first,
            Ok(Some(aside)) => match self.attempt(scan, half, findings) {
                Ok(open) => {
                    findings.push(Finding::SnapshotSetAside { fault: first, aside });
                    return Some(open);
                }
                Err(fault) => fault,
            },
            Err(error) => format!("{first}, and its snapshot cannot be moved: {error}"),
        };
        self.rebuild(scan, fault, findings).map(|mirror| (mirror, Comparison::default()))
    }

    /// Makes an open copy hold what the segment holds.
    ///
    /// One that lacks records is begun anew, not filled. A power cut costs it some milliseconds of
    /// records; but a `db` with a damaged beginning, too, opens from its snapshot and loses
    /// whatever is written after (seen with 0.34.7), and nothing else tells the one from the other.
    pub(super) fn bring_level(
        &self,
        mirror: Option<Mirror>,
        scan: &Arc<Scan>,
        comparison: Comparison,
        findings: &mut Vec<Finding>,
    ) -> Option<Mirror> {
        let same = comparison.same.max(scan.base.last);
        let knows = same + comparison.beyond.len() as u64;
        let is_new = same == scan.base.last;
        if let Some(fault) = comparison.fault {
            // The old one must be closed before its directory moves.
            drop(mirror);
            let mirror = self.rebuild(scan, fault, findings);
            mirror.as_ref().inspect(|mirror| mirror.fill(Arc::clone(scan), scan.base.last + 1));
            mirror
        } else if knows < scan.last() && !is_new {
            drop(mirror);
            let begun = self.discard().map_err(|error| Finding::CopyStopped {
                fault: format!("it lacks records and cannot be removed: {error}"),
            });
            begun.and_then(|()| self.begin(scan)).map_err(|finding| findings.push(finding)).ok()
        } else {
            mirror.inspect(|mirror| {
                if same < scan.last() {
                    mirror.fill(Arc::clone(scan), same + 1);
                }
            })
        }
    }

    /// Sets the directory aside and begins a new, empty copy.
    fn rebuild(
        &self,
        scan: &Arc<Scan>,
        fault: String,
        findings: &mut Vec<Finding>,
    ) -> Option<Mirror> {
        let aside = match self.aside.keep(ASIDE_KIND, &self.dir) {
            Ok(aside) => aside,
            Err(error) => {
                findings.push(Finding::CopyStopped {
                    fault: format!("{fault}, and it cannot be moved: {error}"),
                });
                return None;
            }
        };
        match Mirror::open(&self.dir, scan, Instant::now() + self.options.store_deadline) {
            Ok((mirror, _empty)) => {
                findings.push(Finding::CopyRebuilt { fault, aside });
                Some(mirror)
            }
            Err(new_fault) => {
                // Nothing is wrong with the old one alone, for example the disk is full: it goes
                // back, so that restarts do not push good copies out of the folder.
                let back =
                    fs::remove_dir_all(&self.dir).and_then(|()| fs::rename(&aside, &self.dir));
                let back =
                    back.err().map(|error| format!("; it stays in {}: {error}", aside.display()));
                let fault = format!(
                    "{fault}; nor does a new one open: {new_fault}{}",
                    back.unwrap_or_default()
                );
                findings.push(Finding::CopyStopped { fault });
                None
            }
        }
    }

    /// Throws away what is there, in favour of the segment: from here on the segment stands alone
    /// until [`Self::begin`]. Lost power leaves the old copy, none, or its remains out of the way.
    pub(super) fn discard(&self) -> io::Result<()> {
        self.clear_remains()?;
        match fs::rename(&self.dir, self.remains()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        sync_dir(self.dir.parent().unwrap_or(Path::new(".")))?;
        self.clear_remains()
    }

    /// Begins a copy where there is none and has it filled from the segment.
    pub(super) fn begin(&self, scan: &Arc<Scan>) -> Result<Mirror, Finding> {
        let deadline = Instant::now() + self.options.store_deadline;
        let (mirror, _empty) = Mirror::open(&self.dir, scan, deadline)
            .map_err(|fault| Finding::CopyStopped { fault })?;
        mirror.fill(Arc::clone(scan), scan.base.last + 1);
        Ok(mirror)
    }

    /// Removes what a power cut in [`Self::discard`] has left.
    pub(super) fn clear_remains(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.remains()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn remains(&self) -> PathBuf {
        self.dir.with_extension("old")
    }

    /// Tries it in a child process, then opens it here; both before `limit` has passed.
    fn attempt(
        &self,
        scan: &Arc<Scan>,
        limit: Duration,
        findings: &mut Vec<Finding>,
    ) -> Result<(Mirror, Comparison), String> {
        let deadline = Instant::now() + limit;
        if let Some(program) = self.options.probe.as_ref().filter(|_| self.dir.join("db").exists())
        {
            match probe::run(program, &self.dir, deadline) {
                Ok(()) => {}
                Err(ProbeError::Refused(fault)) => return Err(fault),
                Err(ProbeError::NotRun(error)) => {
                    let finding =
                        Finding::NoProbe { program: program.clone(), fault: error.to_string() };
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
        }
        Mirror::open(&self.dir, scan, deadline)
    }

    /// Moves what sled can do without out of its way: snapshots, finished or not, and its settings.
    /// `None` when there is nothing of it.
    fn set_snapshot_aside(&self) -> io::Result<Option<PathBuf>> {
        let mut snapshots = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if is_spare(&path) {
                snapshots.push(path);
            }
        }
        if snapshots.is_empty() {
            return Ok(None);
        }
        self.aside.keep_together(ASIDE_KIND, &snapshots).map(Some)
    }
}

fn is_spare(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == "conf" || name.starts_with("snap.") || name.ends_with(".generating")
}
