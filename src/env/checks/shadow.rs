//! Values of one machine that win over production's, by the order in which a framework reads its files.

use super::super::model::{Entry, Env, Format, Project};
use super::super::parse::json;
use super::{Level, Problem, Sink};

/// Packages whose loaders prefer `.env.local` to `.env.production`.
const LOCAL_WINS: &[&str] = &["next", "react-scripts", "gatsby", "@remix-run/dev"];
const LOCAL_LOSES: &[&str] = &["vite", "@sveltejs/kit", "astro", "nuxt", "@vue/cli-service"];

pub(super) fn look(project: &Project, sink: &mut Sink) {
    for (index, file) in project.files_in(Format::Dotenv).filter(|(_, file)| file.name() == ".env.local") {
        if !local_wins(project, file.folder()) {
            continue;
        }
        for entry in project.entries_of(index) {
            if let Some(other) = shadowed(project, file.folder(), entry) {
                let message =
                    format!("{} wins over {} in a production build", entry.key, project.file_of(other).shown);
                let related = vec![(other.file, other.value_span.clone())];
                sink.push(
                    Problem::of("shadowed-production-value", entry, message)
                        .level(Level::Warning)
                        .related(related),
                );
            }
        }
    }
}

/// Production's entry of the same key and another value, unless production's own local file decides.
fn shadowed<'p>(project: &'p Project, folder: &str, entry: &Entry) -> Option<&'p Entry> {
    let same = |other: &&Entry| {
        other.key == entry.key && other.env == Env::Production && project.file_of(other).folder() == folder
    };
    let mut production = project.env_file_entries().filter(same);
    let local = project.env_file_entries().filter(same).any(|other| project.file_of(other).local);
    production.find(|other| !local && other.value.text().trim() != entry.value.text().trim())
}

fn local_wins(project: &Project, folder: &str) -> bool {
    let package =
        project.file_at(&format!("{folder}package.json")).or_else(|| project.file_at("package.json"));
    let uses = |file: &super::super::model::File, names: &[&str]| {
        json::parse(&file.text).0.iter().any(|leaf| {
            let is_dependency = leaf.begins(&["dependencies", "*"]) || leaf.begins(&["devDependencies", "*"]);
            is_dependency && names.contains(&leaf.key())
        })
    };
    let rails = project.file_at("Gemfile").is_some_and(|file| file.text.contains("dotenv-rails"));
    rails || package.is_some_and(|file| uses(file, LOCAL_WINS) && !uses(file, LOCAL_LOSES))
}
