//! The folder `archive` of the log: what was too old to be kept in the segment, compressed.
//!
//! Each file is a whole former segment and is named by the number of the first record that it
//! holds: `000000000001.seg.gz`. To archive the same segment a second time, after a power cut,
//! makes the same name.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};

use super::scan::Scan;

/// What a file of the folder ends with.
const ENDING: &str = ".seg.gz";

/// Most bytes that one former segment is believed to have: some million records.
const SEGMENT_BYTES_MAX: u64 = 1 << 30;

/// The folder of the log in `dir`.
pub(super) fn folder(dir: &Path) -> PathBuf {
    dir.join("archive")
}

/// The name of the file for a segment.
pub(super) fn name(scan: &Scan) -> String {
    format!("{:012}{ENDING}", scan.base.last + 1)
}

/// All files of the folder in the order of their records.
pub(super) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder(dir)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(ENDING) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Compresses a segment, quickly because the machine waits, and makes sure that it comes back.
pub(super) fn compress(segment: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(segment)?;
    let packed = encoder.finish()?;
    if decompress(&mut &*packed)? != segment {
        return Err(io::Error::other("it does not come back as it was"));
    }
    Ok(packed)
}

/// Takes the first segment from the beginning of `bytes`, which then holds what follows it.
pub(super) fn decompress(bytes: &mut &[u8]) -> io::Result<Vec<u8>> {
    let mut decoder = GzDecoder::new(*bytes);
    let mut segment = Vec::new();
    decoder.by_ref().take(SEGMENT_BYTES_MAX).read_to_end(&mut segment)?;
    if segment.len() as u64 == SEGMENT_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too long for a segment"));
    }
    *bytes = decoder.into_inner();
    Ok(segment)
}
