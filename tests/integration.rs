//! All integration tests in one binary: rules, corpus, command line, histories, architecture.
//!
//! Nothing here holds a token: values are made at test time from the rules' own patterns.

mod it {
    mod pack;
    mod random;
    mod sample;
    mod support;

    mod architecture;
    mod archive;
    mod archive_history;
    mod arrange;
    mod audit;
    mod baseline;
    mod cache;
    mod cli;
    mod columns;
    mod containers;
    mod corpus;
    mod decode;
    mod env;
    mod equivalence;
    mod explain;
    mod exposure;
    mod faults;
    mod files;
    mod halves;
    mod history;
    mod hooks;
    mod hostile;
    mod hostile_archives;
    mod hostile_git;
    mod html;
    mod incremental;
    mod leaks;
    mod live;
    mod log_lines;
    mod maps;
    mod migrate;
    mod profiles;
    mod reach;
    mod read_faults;
    mod redact;
    mod reports;
    mod repositories;
    mod rules;
    mod storage;
    mod thresholds;
    mod trace;
}
