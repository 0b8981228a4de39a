//! ringfence finds secrets in a work tree and in its full git history.
pub mod cli;
pub mod detect;
pub mod env;
pub mod finding;
pub mod import;
pub mod report;
pub mod run;
pub mod source;
pub mod trace;
