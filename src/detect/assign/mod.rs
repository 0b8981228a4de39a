//! The generic matcher: a name that means a credential, an operator, a value, in any common syntax.
//!
//! Reads at most [`REACH`] bytes on either side of the keyword, `score` included. What a value is worth is
//! for `dismiss` and `score`; this module errs towards seeing one.

mod operator;
mod value;

use super::{Candidate, Range2, Syntax};

/// Bytes on either side of the keyword that may be read.
pub(super) const REACH: usize = NAME + GAP + VALUE + AFTER + 16;
/// Longest part of a name on either side of its keyword.
pub(super) const NAME: usize = 48;
/// Most bytes between the name and its value.
const GAP: usize = 72;
/// Longest value, or list of values.
const VALUE: usize = 168;
/// Bytes before a name that `score` may read.
pub(super) const BEFORE: usize = 200;
/// Bytes after a value that `score` may read.
pub(super) const AFTER: usize = 32;
/// Most values of one name: `tokens = ["…", "…"]`.
const MOST: usize = 4;

/// A value in a credential position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    name: Range2,
    value: Range2,
    syntax: Syntax,
}

impl Assignment {
    /// Where the value stands.
    pub(super) fn value(self) -> std::ops::Range<usize> {
        self.value.range()
    }

    pub(super) fn candidate(self, rule: u16, anchor: usize) -> Candidate {
        let span = (self.name.start..self.value.end).into();
        Candidate { rule, span, value: self.value, anchor, syntax: self.syntax }
    }
}

/// The assignments whose name holds the keyword at `at`.
pub(super) fn at(bytes: &[u8], at: usize, len: usize, found: &mut dyn FnMut(Assignment)) {
    let name = name_around(bytes, at, len);
    let text = &bytes[..bytes.len().min(at + len + NAME + GAP + VALUE)];
    let Some(opening) = operator::after(text, name) else { return };
    value::read(text, opening, &mut |value, syntax| {
        if value.end > value.start {
            found(Assignment { name, value, syntax });
        }
    });
}

fn name_around(bytes: &[u8], at: usize, len: usize) -> Range2 {
    let from = at.saturating_sub(NAME);
    let start = at - bytes[from..at].iter().rev().take_while(|&&byte| is_name(byte)).count();
    let to = bytes.len().min(at + len + NAME);
    let end = at + len + bytes[at + len..to].iter().take_while(|&&byte| is_name(byte)).count();
    // `Token::new(` is one name, and the dot that ends a sentence is not part of it.
    let path = bytes[end..to].starts_with(b"::").then(|| {
        let inner = bytes[end + 2..to].iter().take_while(|&&byte| is_name(byte)).count();
        end + 2 + inner
    });
    (start..path.filter(|&end| bytes.get(end) == Some(&b'(')).unwrap_or(end)).into()
}

pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// How many bytes from `at` on pass `test`; at most [`GAP`].
fn count(text: &[u8], at: usize, test: impl Fn(u8) -> bool) -> usize {
    text.get(at..).map_or(0, |rest| rest.iter().take(GAP).take_while(|&&byte| test(byte)).count())
}

fn blanks(text: &[u8], at: usize) -> usize {
    count(text, at, |byte| byte == b' ' || byte == b'\t').min(24)
}

fn starts(text: &[u8], at: usize, what: &[u8]) -> bool {
    text.get(at..at + what.len()).is_some_and(|part| part.eq_ignore_ascii_case(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first credential word of a text.
    fn keyword(text: &str) -> usize {
        let lower = text.to_ascii_lowercase();
        ["password", "identified", "token"]
            .iter()
            .find_map(|word| lower.find(word))
            .expect("each case has one")
    }

    fn found(text: &str) -> Vec<(String, Syntax)> {
        let mut all = Vec::new();
        let len = if text.to_ascii_lowercase().contains("password") { 8 } else { 5 };
        at(text.as_bytes(), keyword(text), len, &mut |found| {
            all.push((text[found.value.range()].to_owned(), found.syntax));
        });
        all
    }

    #[test]
    fn values_are_found_in_every_common_syntax() {
        let cases = [
            ("password = \"VAL\"", Syntax::Quoted),
            ("DB_PASSWORD=VAL", Syntax::Bare),
            ("password: VAL", Syntax::Bare),
            ("\"password\": \"VAL\",", Syntax::Quoted),
            ("'password' => 'VAL'", Syntax::Quoted),
            ("password := `VAL`", Syntax::Quoted),
            ("setPassword(\"VAL\")", Syntax::Quoted),
            ("new Password(user, \"VAL\")", Syntax::Quoted),
            ("Password::new(\"VAL\")", Syntax::Quoted),
            ("<password>VAL</password>", Syntax::Element),
            ("<string name=\"password\">VAL</string>", Syntax::Element),
            ("<password encoding=\"plain\">VAL</password>", Syntax::Element),
            ("<app:password>VAL</app:password>", Syntax::Element),
            ("<password><![CDATA[VAL]]></password>", Syntax::Element),
            ("<Password>\n  <Value>VAL</Value>", Syntax::Element),
            ("<property name=\"password\"><value>VAL</value>", Syntax::Element),
            ("<param-name>password</param-name>\n <param-value>VAL</param-value>", Syntax::Element),
            ("<add key=\"password\" value=\"VAL\"/>", Syntax::Quoted),
            ("- name: DB_PASSWORD\n  value: \"VAL\"", Syntax::Quoted),
            ("{\"name\": \"password\", \"value\": \"VAL\"}", Syntax::Quoted),
            ("variable \"password\" {\n  default = \"VAL\"", Syntax::Quoted),
            ("let password: &str = \"VAL\";", Syntax::Quoted),
            ("password: Some(\"VAL\")", Syntax::Quoted),
            ("password := []byte(\"VAL\")", Syntax::Quoted),
            ("{\\\"password\\\": \\\"VAL\\\"}", Syntax::Quoted),
            ("{&quot;password&quot;:&quot;VAL&quot;}", Syntax::Quoted),
            ("put(\"password\", \"VAL\")", Syntax::Quoted),
            ("os.getenv(\"PASSWORD\") or \"VAL\"", Syntax::Quoted),
            ("process.env.PASSWORD || 'VAL'", Syntax::Quoted),
            ("${PASSWORD:-VAL}", Syntax::Bare),
            ("mysql --password VAL -h x", Syntax::Bare),
            ("if (password == 'VAL')", Syntax::Quoted),
            ("config['password'] = b'VAL'", Syntax::Quoted),
            ("PASSWORD 'VAL'", Syntax::Quoted),
            ("IDENTIFIED WITH sha256_password BY 'VAL'", Syntax::Quoted),
            ("**Password**: VAL", Syntax::Bare),
            ("Password: `VAL`", Syntax::Quoted),
            ("https://example.com/?password=VAL&x=1", Syntax::Bare),
            ("X-Token: Token VAL", Syntax::Bare),
            ("password <- \"VAL\"", Syntax::Quoted),
            ("Dim password As String = \"VAL\"", Syntax::Quoted),
            ("{password, \"VAL\"}", Syntax::Quoted),
            ("char password[32] = \"VAL\";", Syntax::Quoted),
            ("if (strcmp(password, \"VAL\") == 0)", Syntax::Quoted),
            ("String getPassword() { return \"VAL\"; }", Syntax::Quoted),
            ("func token() string {\n\treturn \"VAL\"\n}", Syntax::Quoted),
            ("args: [\"--password\", \"VAL\"]", Syntax::Quoted),
            ("set -gx API_TOKEN \"VAL\"", Syntax::Quoted),
        ];
        for (text, syntax) in cases {
            assert_eq!(found(text), [("VAL".to_owned(), syntax)], "{text}");
        }
    }

    #[test]
    fn a_list_gives_each_of_its_values() {
        for text in
            ["tokens: [\"A1\", \"B2\"]", "tokens = ['A1','B2']", "\"tokens\":[\n  \"A1\",\n  \"B2\"\n]"]
        {
            let values: Vec<String> = found(text).into_iter().map(|(value, _)| value).collect();
            assert_eq!(values, ["A1", "B2"], "{text}");
        }
    }

    #[test]
    fn a_line_of_a_name_and_a_word_with_digits_is_a_setting() {
        for text in [
            "password VALUE1\n",
            "setenv TOKEN VALUE1\n",
            "set -x TOKEN VALUE1\n",
            "username app password 0 VALUE1",
        ] {
            assert_eq!(found(text), [("VALUE1".to_owned(), Syntax::Bare)], "{text}");
        }
        for text in
            ["password protected\n", "the password VALUE1\n", "password VALUE1 is old\n", "password x1\n"]
        {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_name_without_a_value_is_nothing() {
        for text in [
            "password",
            "password()",
            "password() {\n  let x = 1;\n  return \"x\"",
            "the password is secret",
            "password = \"",
            "password:\n",
            "password;",
            "<password type=\"text\"/>VAL</a>",
            "<password/>",
            "${PASSWORD:?not set}",
            "${PASSWORD?unset}",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
