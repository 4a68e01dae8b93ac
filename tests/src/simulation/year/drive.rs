//! A drive in memory that loses what was not synced, tears the last write, fills up and fails.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use daemon::journal::Disk;

use super::chance::Chance;

/// What a drive writes whole or not at all.
const SECTOR: usize = 512;

/// A handle to the drive; the machine has another.
#[derive(Clone, Debug, Default)]
pub(super) struct Drive(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What survives a power cut; `None` = there is no file.
    durable: Option<Vec<u8>>,
    /// Written and not synced.
    pending: Vec<(usize, Vec<u8>)>,
    /// Something was accepted and is not synced yet.
    unsynced: bool,
    /// A write or a sync did not succeed since the turn began.
    failed: bool,
    fault: Option<DriveFault>,
    /// The power goes at so many operations from now.
    cut_in: Option<u32>,
    dark: bool,
    /// Syncs that came back.
    synced: u64,
}

/// What is wrong with the drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DriveFault {
    /// No room: a write leaves its first half.
    Full,
    /// It was remounted read-only.
    ReadOnly,
    /// A sync fails, and what was to be synced is gone from the cache.
    SyncFails,
}

impl Drive {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether everything that was accepted would survive a power cut now.
    pub(super) fn is_clean(&self) -> bool {
        !self.state().unsynced
    }

    /// A turn of the loop begins.
    pub(super) fn turn_begins(&self) {
        self.state().failed = false;
    }

    /// Whether a write or a sync of this turn did not succeed.
    pub(super) fn has_failed(&self) -> bool {
        self.state().failed
    }

    /// Whether the power went in the middle of an operation.
    pub(super) fn is_dark(&self) -> bool {
        self.state().dark
    }

    /// Whether something is wrong with it.
    pub(super) fn is_failing(&self) -> bool {
        self.state().fault.is_some()
    }

    /// Whether a log that does not open has no excuse.
    pub(super) fn is_in_order(&self) -> bool {
        !self.is_failing() && !self.is_dark()
    }

    /// How often a sync came back.
    pub(super) fn synced(&self) -> u64 {
        self.state().synced
    }

    pub(super) fn set_fault(&self, fault: Option<DriveFault>) {
        self.state().fault = fault;
    }

    /// The power goes at the `nth` operation from now, before its effect is durable.
    pub(super) fn cut_at(&self, nth: u32) {
        self.state().cut_in = Some(nth.max(1));
    }

    /// The power is gone: of what was not synced some sectors are there, the others are not.
    pub(super) fn lose_power(&self, chance: &mut Chance) {
        let mut state = self.state();
        for (offset, bytes) in std::mem::take(&mut state.pending) {
            let Some(file) = state.durable.as_mut() else { continue };
            match chance.below(4) {
                0 => {}
                1 => write(file, offset, &bytes),
                // The file grew before its bytes came.
                2 => write(file, offset, &vec![0; bytes.len()]),
                _ => tear(file, offset, &bytes, chance),
            }
        }
        (state.cut_in, state.dark, state.unsynced) = (None, false, false);
    }

    /// The process is gone, the machine is not: the system writes its cache back.
    pub(super) fn lose_process(&self) {
        let mut state = self.state();
        state.write_back();
        (state.cut_in, state.dark) = (None, false);
    }
}

impl State {
    /// What is read now: the durable bytes with all that was written since.
    fn whole(&self) -> Option<Vec<u8>> {
        let mut file = self.durable.clone()?;
        for (offset, bytes) in &self.pending {
            write(&mut file, *offset, bytes);
        }
        Some(file)
    }

    /// What was written is durable from now on.
    fn write_back(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.unsynced = false;
        if let Some(file) = &mut self.durable {
            for (offset, bytes) in &pending {
                write(file, *offset, bytes);
            }
        }
    }

    /// Every operation passes here: the power may go.
    fn power(&mut self) -> io::Result<()> {
        if let Some(left) = &mut self.cut_in {
            *left = left.saturating_sub(1);
            self.dark |= *left == 0;
        }
        if self.dark { Err(io::Error::other("the power is gone")) } else { Ok(()) }
    }
}

impl Disk for Drive {
    fn path(&self) -> &Path {
        Path::new("drive")
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let state = self.state();
        if state.dark { Err(io::Error::other("the power is gone")) } else { Ok(state.whole()) }
    }

    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.state();
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let fault = state.fault;
        state.failed |= fault.is_some_and(|fault| fault != DriveFault::SyncFails);
        let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
        match fault {
            Some(DriveFault::ReadOnly) => return Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            Some(DriveFault::Full) => state.pending.push((offset, half.to_vec())),
            Some(DriveFault::SyncFails) | None => state.pending.push((offset, bytes.to_vec())),
        }
        state.power()?;
        let full = fault == Some(DriveFault::Full);
        state.unsynced |= !full;
        if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut state = self.state();
        state.power()?;
        if state.fault == Some(DriveFault::SyncFails) {
            // The kernel marks the lost pages clean: a second sync would succeed without them.
            state.pending.clear();
            (state.unsynced, state.failed) = (false, true);
            return Err(io::Error::other("input/output error"));
        }
        state.write_back();
        state.synced += 1;
        Ok(())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.power()?;
        if state.fault == Some(DriveFault::ReadOnly) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let len = usize::try_from(len).map_err(io::Error::other)?;
        state.write_back();
        if let Some(file) = &mut state.durable {
            file.resize(len, 0);
        }
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.power()?;
        match state.fault {
            Some(DriveFault::ReadOnly) => return Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            Some(DriveFault::Full) => return Err(io::ErrorKind::StorageFull.into()),
            Some(DriveFault::SyncFails) => return Err(io::Error::other("input/output error")),
            None => {}
        }
        state.durable = Some(bytes.to_vec());
        state.pending.clear();
        state.unsynced = false;
        Ok(())
    }

    fn set_aside(&mut self, what: &str, _bytes: &[u8]) -> io::Result<PathBuf> {
        self.state().power()?;
        Ok(PathBuf::from(what))
    }

    fn archive(&mut self, name: &str, _bytes: &[u8]) -> io::Result<PathBuf> {
        self.state().power()?;
        Ok(PathBuf::from(name))
    }
}

fn write(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    file.resize(file.len().max(offset + bytes.len()), 0);
    if let Some(place) = file.get_mut(offset..offset + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// Sectors come in any order, each whole or not at all; where none came there are zeros.
fn tear(file: &mut Vec<u8>, offset: usize, bytes: &[u8], chance: &mut Chance) {
    let mut at = 0;
    while at < bytes.len() {
        let to_border = SECTOR - (offset + at) % SECTOR;
        let end = bytes.len().min(at + to_border);
        if chance.one_in(2) {
            write(file, offset + at, bytes.get(at..end).unwrap_or_default());
        }
        at = end;
    }
}
