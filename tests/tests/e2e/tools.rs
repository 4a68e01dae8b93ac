//! Programs from outside that end with the test that started them.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use tests::waiting::Watched;

pub(crate) use crate::outside::{find, skip};
use crate::scene::LIMIT;

/// Runs `program` to its end with `input` on its standard input.
pub(crate) fn run<S: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = S>,
    input: &[u8],
) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Standard output as text.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error as text.
pub(crate) fn complained(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A program in the background whose standard output is followed; dropping it kills it.
pub(crate) struct Companion {
    child: Child,
    lines: Arc<Watched<Vec<String>>>,
}

impl Companion {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = Arc::new(Watched::new(Vec::new()));
        let (heard, stdout) = (Arc::clone(&lines), child.stdout.take().unwrap());
        // It ends with the program.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                heard.change(|lines| lines.push(line));
            }
        });
        Self { child, lines }
    }

    /// Waits for a line that begins with `start` and gives the rest of it.
    pub(crate) fn wait_for(&self, start: &str) -> String {
        let found = self.lines.wait(start, LIMIT, |lines| {
            lines.iter().find_map(|line| line.strip_prefix(start).map(str::to_owned))
        });
        found.unwrap_or_else(|error| panic!("{error}; it said {:#?}", self.lines.read(Vec::clone)))
    }

    /// Waits for its line `number`, from 0.
    pub(crate) fn line(&self, number: usize) -> String {
        let found = self.lines.wait("a line", LIMIT, |lines| lines.get(number).cloned());
        found.unwrap_or_else(|error| panic!("{error}; it said {:#?}", self.lines.read(Vec::clone)))
    }

    /// Waits for a line that contains `part`.
    pub(crate) fn wait_for_part(&self, part: &str) {
        let found = self
            .lines
            .wait(part, LIMIT, |lines| lines.iter().any(|line| line.contains(part)).then_some(()));
        assert!(found.is_ok(), "no {part:?} in {:#?}", self.lines.read(Vec::clone));
    }

    /// Its first line; `None` when it ends without one.
    pub(crate) fn first_line(&mut self) -> Option<String> {
        let begun = std::time::Instant::now();
        loop {
            let step = Duration::from_millis(50);
            let line = self.lines.wait("a line", step, |lines| lines.first().cloned());
            let has_ended = self.child.try_wait().unwrap().is_some();
            if line.is_ok() || has_ended {
                return line.ok();
            }
            assert!(begun.elapsed() < LIMIT, "it neither speaks nor ends");
        }
    }

    pub(crate) fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    pub(crate) fn stdin(&mut self) -> &mut ChildStdin {
        self.child.stdin.as_mut().unwrap()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
