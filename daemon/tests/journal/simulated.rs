//! The log on a drive that exists in memory only.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use daemon::journal::{AppendError, Disk, Finding, Journal};

/// A drive that can be looked at, and fails when it is told to.
#[derive(Debug, Clone, Default)]
struct Drive(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Option<Vec<u8>>,
    aside: Vec<(String, Vec<u8>)>,
    sync_fails: bool,
    replace_fails: Option<Fails>,
}

/// What a replacement that is not confirmed leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fails {
    Old,
    New,
}

impl Drive {
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

impl Disk for Drive {
    fn path(&self) -> &Path {
        Path::new("drive")
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.change(|state| state.bytes.clone()))
    }

    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.change(|state| {
            let file = state.bytes.as_mut().unwrap();
            file.resize(file.len().max(offset + bytes.len()), 0);
            file[offset..offset + bytes.len()].copy_from_slice(bytes);
        });
        Ok(())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let fails = self.change(|state| state.sync_fails);
        if fails { Err(io::Error::other("the drive is away")) } else { Ok(()) }
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).unwrap();
        self.change(|state| state.bytes.as_mut().unwrap().truncate(len));
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.change(|state| {
            if state.replace_fails != Some(Fails::Old) {
                state.bytes = Some(bytes.to_vec());
            }
            state.replace_fails.map_or(Ok(()), |_| Err(io::Error::other("the drive is away")))
        })
    }

    fn set_aside(&mut self, what: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        self.change(|state| state.aside.push((what.to_owned(), bytes.to_vec())));
        Ok(PathBuf::from(what))
    }

    fn archive(&mut self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        self.set_aside(name, bytes)
    }
}

#[test]
fn it_is_begun_goes_on_and_loses_only_what_was_torn() {
    let drive = Drive::default();
    let mut journal = Journal::open_on(Box::new(drive.clone())).unwrap().journal;
    assert_eq!(journal.append(&[b"one".to_vec()]).unwrap(), 1);
    let begun = drive.change(|state| state.bytes.clone().unwrap());
    assert_eq!(journal.append(&[b"two".to_vec(), b"three".to_vec()]).unwrap(), 3);
    drop(journal);
    assert_eq!(Journal::open_on(Box::new(drive.clone())).unwrap().records.len(), 3);

    drive.clone().cut(begun.len() as u64 + 60).unwrap();
    let opened = Journal::open_on(Box::new(drive.clone())).unwrap();
    assert_eq!(opened.records.len(), 1);
    assert!(matches!(opened.findings[..], [Finding::TornTail { bytes: 60, last_seq: 1, .. }]));
    assert_eq!(drive.change(|state| state.bytes.clone().unwrap()), begun);
    let aside = drive.change(|state| state.aside.clone());
    assert_eq!(aside.iter().map(|(what, bytes)| (&**what, bytes.len())).next(), Some(("tail", 60)));
}

#[test]
fn after_a_failed_sync_it_recovers() {
    let drive = Drive::default();
    let mut journal = Journal::open_on(Box::new(drive.clone())).unwrap().journal;
    assert_eq!(journal.append(&[b"one".to_vec()]).unwrap(), 1);
    drive.change(|state| state.sync_fails = true);
    assert!(matches!(journal.append(&[b"x".to_vec()]), Err(AppendError::Sync { .. })));
    assert!(matches!(journal.recover(), Err(AppendError::Recover { .. })));
    drive.change(|state| state.sync_fails = false);
    assert!(matches!(journal.append(&[b"x".to_vec()]), Err(AppendError::NeedsRecovery { .. })));
    journal.recover().unwrap();
    assert_eq!(journal.append(&[b"two".to_vec()]).unwrap(), 2);
}

#[test]
fn a_new_beginning_that_is_not_confirmed_is_undone() {
    for fails in [Fails::Old, Fails::New] {
        let drive = Drive::default();
        let mut journal = Journal::open_on(Box::new(drive.clone())).unwrap().journal;
        journal.append(&[b"one".to_vec(), b"two".to_vec()]).unwrap();
        let old = drive.change(|state| state.bytes.clone().unwrap());
        drive.change(|state| state.replace_fails = Some(fails));
        let error = journal.begin_anew(&[b"both".to_vec()]).unwrap_err();
        assert!(matches!(error, AppendError::Archive { .. }), "{error}");
        assert!(matches!(journal.append(&[b"x".to_vec()]), Err(AppendError::NeedsRecovery { .. })));
        assert!(matches!(journal.recover(), Err(AppendError::Recover { .. })));
        drive.change(|state| state.replace_fails = None);
        journal.recover().unwrap();
        assert_eq!(drive.change(|state| state.bytes.clone().unwrap()), old, "{fails:?}");
        assert_eq!(journal.append(&[b"three".to_vec()]).unwrap(), 3);
        journal.begin_anew(&[b"all".to_vec()]).unwrap();
        assert_eq!(journal.append(&[b"five".to_vec()]).unwrap(), 5);
        let records = Journal::open_on(Box::new(drive)).unwrap().records;
        assert_eq!(records.iter().map(|it| it.seq).collect::<Vec<_>>(), [4, 5], "{fails:?}");
    }
}
