//! What git tells a hook of a push on its standard input.

use gix::ObjectId;

use super::IncrementalError;

/// A reference that a push moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What it leads to afterwards; nothing if it is deleted.
    pub new: Option<ObjectId>,
    /// What it leads to before; nothing if it is new.
    pub old: Option<ObjectId>,
}

/// Which hook reads the lines, and so what they look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// `<local ref> <local id> <remote ref> <remote id>`
    PrePush,
    /// `<old id> <new id> <ref>`
    PreReceive,
}

impl Hook {
    fn shape(self) -> &'static str {
        match self {
            Self::PrePush => "<local ref> <local id> <remote ref> <remote id>",
            Self::PreReceive => "<old id> <new id> <ref>",
        }
    }
}

/// The updates of all lines; empty lines are passed over.
///
/// # Errors
/// At the first line that is not what git writes.
pub fn updates(hook: Hook, input: &[u8]) -> Result<Vec<Update>, IncrementalError> {
    let mut updates = Vec::new();
    for (number, line) in input.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let wrong = || IncrementalError::Line { number: number + 1, shape: hook.shape() };
        updates.push(update(hook, line).ok_or_else(wrong)?);
    }
    Ok(updates)
}

fn update(hook: Hook, line: &[u8]) -> Option<Update> {
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    let (new, old) = match (hook, &words[..]) {
        // What is pushed may be an expression with blanks in it; the other three cannot hold any.
        (Hook::PrePush, [_, .., new, remote, old]) if !remote.is_empty() => (*new, *old),
        (Hook::PreReceive, [old, new, name]) if !name.is_empty() => (*new, *old),
        _ => return None,
    };
    let id = |hex: &[u8]| ObjectId::from_hex(hex).ok();
    let there = |id: ObjectId| (!id.is_null()).then_some(id);
    Some(Update { new: there(id(new)?), old: there(id(old)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_hooks() {
        let (zero, one, two) = ("0".repeat(40), "1".repeat(40), "2".repeat(40));
        let text = format!("refs/heads/a {one} refs/heads/a {two}\n(delete) {zero} refs/heads/b {one}\n");
        let found = updates(Hook::PrePush, text.as_bytes()).expect("both are right");
        assert_eq!(found[0].new.expect("an id").to_string(), one);
        assert_eq!(found[0].old.expect("an id").to_string(), two);
        assert_eq!((found[1].new, found[1].old.is_some()), (None, true));
        let text = format!("{zero} {one} refs/heads/a\n");
        let found = updates(Hook::PreReceive, text.as_bytes()).expect("it is right");
        assert_eq!((found[0].new.is_some(), found[0].old), (true, None));
        assert_eq!(updates(Hook::PrePush, b"").expect("nothing is right"), []);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let id = "1".repeat(40);
        let lines =
            ["x".into(), format!("a {id} b"), format!("a {id} b {id}x"), format!("a {} b {id}", &id[1..])];
        for line in lines {
            let text = format!("refs/heads/a {id} refs/heads/a {id}\n{line}\n");
            let error = updates(Hook::PrePush, text.as_bytes()).expect_err("the second is wrong");
            assert!(error.to_string().contains("line 2"), "{line}: {error}");
        }
    }
}
