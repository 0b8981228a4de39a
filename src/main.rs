//! The `ringfence` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ringfence::cli::main())
}
