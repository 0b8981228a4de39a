//! Names of variables, each judged once: a project sets few of them, in many files.

use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::{Equivalent, HashMap as FastMap};

use super::model::{Entries, Name};
use super::names::{means_no_secret, means_secret, upper_snake};

/// Names that were met, by key and path as written.
#[derive(Debug, Default)]
pub(super) struct Names(FastMap<(String, String), Arc<Name>>);

#[derive(Hash)]
struct Written<'w>(&'w str, &'w str);

impl Equivalent<(String, String)> for Written<'_> {
    fn equivalent(&self, known: &(String, String)) -> bool {
        self.0 == known.0 && self.1 == known.1
    }
}

impl Names {
    /// The name of a variable with this key, at this path.
    pub(super) fn called(&mut self, key: &str, path: &str) -> Arc<Name> {
        if let Some(known) = self.0.get(&Written(key, path)) {
            return Arc::clone(known);
        }
        let name = upper_snake(if path.is_empty() { key } else { path });
        let called = Arc::new(Name {
            is_secret: means_secret(&name),
            is_no_secret: means_no_secret(&name),
            key: key.to_owned(),
            name,
        });
        self.0.insert((key.to_owned(), path.to_owned()), Arc::clone(&called));
        called
    }
}

/// Numbers the names of all entries: equal names get equal numbers, in the order of keys.
pub(super) fn number(entries: &mut Entries) -> Vec<Arc<Name>> {
    let mut out: Vec<Arc<Name>> = Vec::new();
    let mut by_copy: FastMap<*const Name, u32> = FastMap::new();
    let mut by_text: HashMap<(String, String), u32> = HashMap::new();
    for entry in entries.0.iter_mut().flatten() {
        entry.number = *by_copy.entry(Arc::as_ptr(&entry.called)).or_insert_with(|| {
            let text = (entry.called.key.clone(), entry.called.name.clone());
            *by_text.entry(text).or_insert_with(|| {
                out.push(Arc::clone(&entry.called));
                out.len() as u32 - 1
            })
        });
    }
    let mut order: Vec<usize> = (0..out.len()).collect();
    order.sort_by(|a, b| (&out[*a].key, &out[*a].name).cmp(&(&out[*b].key, &out[*b].name)));
    let mut place = vec![0; out.len()];
    order.iter().zip(0..).for_each(|(old, new)| place[*old] = new);
    entries.0.iter_mut().flatten().for_each(|entry| entry.number = place[entry.number as usize]);
    order.into_iter().map(|old| Arc::clone(&out[old])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_by_its_key_and_its_path() {
        let mut names = Names::default();
        let first = names.called("password", "spring.datasource.password");
        assert_eq!(first.name, "SPRING_DATASOURCE_PASSWORD");
        assert!(first.is_secret);
        assert!(Arc::ptr_eq(&first, &names.called("password", "spring.datasource.password")));
        assert_ne!(*first, *names.called("password", "password"));
    }
}
