//! What dotenvy reads: pairs of name and value in order. At a line it cannot read it gives up: the last is null.
//!
//! The mark at the beginning of a file is taken off, as `dotenvy::dotenv` does and its iterator does not.

fn main() {
    for (name, _) in std::env::vars_os() {
        // SAFETY: there is one thread.
        unsafe { std::env::remove_var(name) };
    }
    let texts: Vec<String> = serde_json::from_reader(std::io::stdin()).expect("an array of texts");
    println!("{}", serde_json::Value::from_iter(texts.iter().map(|text| answer(text))));
}

fn answer(text: &str) -> serde_json::Value {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut read = Vec::new();
    for pair in dotenvy::from_read_iter(text.as_bytes()) {
        match pair {
            Ok((name, value)) => read.push(serde_json::json!([name, value])),
            Err(_) => {
                read.push(serde_json::Value::Null);
                break;
            }
        }
    }
    read.into()
}
