//! The program in the vending machine.

use std::process::ExitCode;

fn main() -> ExitCode {
    daemon::cli::main()
}
