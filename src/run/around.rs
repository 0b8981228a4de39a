//! Scans what a repository holds beside its objects.

use super::collect::{Collector, Hit};
use super::names;
use super::repository::With;
use crate::detect::Detector;
use crate::finding::{Coverage, Exposure, Provenance, Severity};
use crate::source::Blob;
use crate::source::history::History;

/// Names of references, and the repository's own text files.
pub(super) fn scan(history: &History, with: &With<'_>, coverage: &mut Coverage) {
    let (detector, collector) = (with.detector, with.collector);
    if with.detects {
        names_of_references(history, detector, collector);
    }
    if let Some(tracing) = with.tracing {
        tracing.references(history, detector);
    }
    let depth = with.settings.worktree.archive_depth;
    history.visit_own_files(depth, coverage, &mut |blob| {
        if with.detects {
            own_file(detector, collector, &blob);
        }
        if let Some(tracing) = with.tracing {
            tracing.file_blob(&blob, detector);
        }
    });
}

fn names_of_references(history: &History, detector: &Detector, collector: &Collector<'_>) {
    for name in history.reference_names().filter(|name| names::is_named(detector, name.as_bytes())) {
        let origin = Provenance::Reference(name.into());
        // Parts apart: what a folder of references is called is no key for what stands in it.
        let parts =
            name.split('/').flat_map(|part| names::hits(collector, detector, part.as_bytes(), &origin));
        let hits: Vec<Hit> = parts.map(|(_, hit)| hit).collect();
        let print = |hit: &Hit| collector.settings.key.fingerprint(hit.secret.expose());
        let reachable = Exposure { reachable: true, ..Exposure::default() };
        collector.expose(hits.iter().map(|hit| (print(hit), reachable.clone())).collect());
        collector.add(hits);
    }
}

fn own_file(detector: &Detector, collector: &Collector<'_>, blob: &Blob<'_>) {
    let mut hits = collector.hits_in_file(detector, blob);
    hits.iter_mut().for_each(soften_job_token);
    collector.add(hits);
}

/// A checkout in GitHub Actions leaves the job's own token in the configuration; it ends with the job.
///
/// <https://docs.github.com/en/actions/security-guides/automatic-token-authentication>
fn soften_job_token(hit: &mut Hit) {
    if hit.place.excerpt.text.to_ascii_lowercase().contains("extraheader") {
        hit.severity = Severity::Info;
        hit.reasons.push("a header for this clone only, such as a CI job's own token");
    }
}
