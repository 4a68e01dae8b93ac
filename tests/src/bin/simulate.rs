//! `simulate`: the world around a vending machine, alone or with the machine in it.

use std::process::ExitCode;

fn main() -> ExitCode {
    tests::cli::main(std::env::args_os())
}
