//! Two programs that read codes and know nothing of each other.

use std::{fs, path::PathBuf, process::Command};

use tests::optics::Photo;

use crate::specimens::CODE_URL;

/// Whether `rqrr` finds what is to be paid.
pub(crate) fn rqrr_reads(photo: &Photo) -> bool {
    photo.codes().iter().any(|code| code.text == CODE_URL)
}

/// The path of zbarimg.
pub(crate) struct Zbar(pub(crate) PathBuf);

impl Zbar {
    /// Whether ZBar finds in each of the photos what is to be paid.
    pub(crate) fn reads(&self, photos: &[Photo]) -> Vec<bool> {
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..photos.len()).map(|number| format!("{number}.pgm")).collect();
        for (name, photo) in names.iter().zip(photos) {
            fs::write(dir.path().join(name), photo.pgm()).unwrap();
        }
        let output = Command::new(&self.0)
            .args(["--quiet", "--nodbus", "--xml", "-Sdisable", "-Sqrcode.enable"])
            .args(&names)
            .current_dir(dir.path())
            .output()
            .unwrap();
        let xml = String::from_utf8(output.stdout).unwrap();
        // 4: there is a photo without a code.
        let fine = matches!(output.status.code(), Some(0 | 4)) && xml.contains("</barcodes>");
        assert!(fine, "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        let of_photo = |name: &String| {
            let part = xml.split_once(&format!("<source href='{name}'>"));
            let part = part.and_then(|(_, rest)| rest.split_once("</source>"));
            part.is_some_and(|(codes, _)| codes.contains(&format!("[{CODE_URL}]")))
        };
        names.iter().map(of_photo).collect()
    }
}
