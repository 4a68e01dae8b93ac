//! Bringing the segment in order at the start, as judged; whatever is taken away is kept aside.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use super::{
    disk::Disk,
    error::{Broken, Finding, OpenError},
    header::{UnknownVersion, VERSION},
    mend::{Verdict, judge},
    scan::Scan,
    segment,
};

/// Brings the segment on `disk` in order, with what the copy knows beyond it, and returns it as it
/// then is.
pub(super) fn segment(
    disk: &mut dyn Disk,
    scan: Arc<Scan>,
    copied: &BTreeMap<u64, Vec<u8>>,
    findings: &mut Vec<Finding>,
) -> Result<Arc<Scan>, OpenError> {
    findings.push(match judge(&scan, copied) {
        Verdict::Whole => return Ok(scan),
        Verdict::Torn => cut_tail(disk, &scan)?,
        Verdict::Mend { after } => write_anew(disk, &scan, &after)?,
        Verdict::Broken { seq, evidence } => {
            return Err(broken(disk.path(), &scan, seq, evidence).into());
        }
    });
    // Read back from the file what will be the truth.
    Ok(Arc::new(scan_disk(disk)?))
}

fn cut_tail(disk: &mut dyn Disk, scan: &Scan) -> Result<Finding, OpenError> {
    let file = disk.path().to_owned();
    let aside = disk
        .set_aside("tail", scan.tail())
        .map_err(OpenError::io("set aside the unfinished end of", &file))?;
    disk.cut(scan.end as u64).map_err(OpenError::io("cut off the unfinished end of", &file))?;
    Ok(Finding::TornTail {
        file,
        offset: scan.end,
        bytes: scan.tail().len(),
        last_seq: scan.last(),
        aside,
    })
}

fn write_anew(disk: &mut dyn Disk, scan: &Scan, after: &[Vec<u8>]) -> Result<Finding, OpenError> {
    let file = disk.path().to_owned();
    let mut kept = String::new();
    if scan.damage.is_some() || !scan.header_whole {
        let damaged = disk
            .set_aside("damaged", scan.bytes())
            .map_err(OpenError::io("set aside a copy of", &file))?;
        kept = format!("; the damaged file is kept as {}", damaged.display());
    }
    let mut body = vec![scan.body()];
    body.extend(after.iter().map(Vec::as_slice));
    segment::replace(disk, scan.base, &body).map_err(OpenError::io("write anew", &file))?;
    let own = (scan.last() + 1..).zip(after).filter(|(seq, raw)| {
        scan.stray(*seq).is_some_and(|(_, frame)| frame.bytes == raw.as_slice())
    });
    Ok(Finding::Mended {
        file,
        what: what_was_wrong(scan),
        restored: after.len() - own.count(),
        kept,
    })
}

fn what_was_wrong(scan: &Scan) -> String {
    match scan.damage {
        _ if scan.bytes().is_empty() => "the file was missing or empty".to_owned(),
        Some(damage) => format!(
            "at byte {} record {} was damaged ({})",
            damage.offset, damage.seq, damage.fault
        ),
        None if !scan.header_whole => "its first bytes were damaged".to_owned(),
        None => "the file was too short".to_owned(),
    }
}

/// The error for a verdict of the same name.
pub(super) fn broken(path: &Path, scan: &Scan, seq: u64, evidence: String) -> Broken {
    let (offset, seq, fault) = match scan.damage {
        // Perhaps later than `seq`, which begins the batch.
        Some(damage) if damage.seq >= seq => (damage.offset, damage.seq, damage.fault.to_string()),
        Some(_) | None => (scan.end, seq, "it is not there".to_owned()),
    };
    Broken { file: path.to_owned(), offset, seq, fault, evidence }
}

/// Reads the segment; a missing one is judged like an empty one: only the copy can bring it back.
pub(super) fn scan_disk(disk: &mut dyn Disk) -> Result<Scan, OpenError> {
    let bytes = disk.read().map_err(OpenError::io("read", disk.path()))?.unwrap_or_default();
    Scan::new(bytes).map_err(|UnknownVersion(found)| OpenError::UnknownVersion {
        file: disk.path().to_owned(),
        found,
        known: VERSION,
    })
}

/// Refuses a log that goes on in further segments: a newer program wrote it, and to append to the
/// first one would begin a second history.
pub(super) fn refuse_other_segments(path: &Path) -> Result<(), OpenError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    for entry in fs::read_dir(dir).map_err(OpenError::io("list", dir))? {
        let file = entry.map_err(OpenError::io("list", dir))?.path();
        if file != path && file.extension().is_some_and(|extension| extension == "seg") {
            return Err(OpenError::UnknownSegment { file });
        }
    }
    Ok(())
}
