//! A credential of several parts is one finding, and says whose it is.

use serde_json::Value;

use super::random::Random;
use super::sample::{rule, secret};
use super::support::Repo;

fn value(id: &str, seed: &str) -> String {
    secret(rule(id), &mut Random::of(seed)).0
}

fn findings(repo: &Repo, args: &[&str]) -> Vec<Value> {
    repo.scan(&[args, &["-f", "json"]].concat()).json()["findings"].as_array().expect("a list").clone()
}

/// Path and part of each place.
fn places(finding: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let places = finding["places"].as_array().expect("a list");
    places
        .iter()
        .map(|place| (text(&place["location"]["path"]).expect("a path"), text(&place["part"])))
        .collect()
}

#[test]
fn a_key_id_is_a_place_of_the_secret_beside_it_and_a_finding_where_it_stands_alone() {
    let repo = Repo::new();
    let (id, key) = (value("aws-access-key-id", "a"), value("aws-secret-access-key", "b"));
    repo.write("a.env", format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={key}\n"));
    for args in [&["scan", "."][..], &["git", "."], &["git", ".", "--no-seam"]] {
        repo.commit("one");
        let found = findings(&repo, args);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (&found[0]["rule"], &found[0]["confidence"]),
            (&"aws-secret-access-key".into(), &"high".into())
        );
        let part = Some("AWS access key id".to_owned());
        assert_eq!(places(&found[0]), [("a.env".to_owned(), None), ("a.env".to_owned(), part)]);
    }
    repo.write("b.txt", format!("key id: {id}\n"));
    repo.write("c.env", format!("AWS_SECRET_ACCESS_KEY={}\n", value("aws-secret-access-key", "c")));
    let found = findings(&repo, &["scan", "."]);
    let of =
        |path: &str| found.iter().find(|finding| finding["location"]["path"] == path).expect("it is found");
    assert_eq!((found.len(), &of("b.txt")["rule"]), (3, &"aws-access-key-id".into()));
    assert_eq!(of("c.env")["confidence"], "medium", "half of it, alone");
}

/// A client's secret and id as some languages and formats write them.
#[test]
fn the_id_of_a_client_is_a_place_of_its_secret() {
    let (secret, id) = (["q8Zr2LwX", "0pVt9sKd", "3mNb7Hc5"].concat(), ["7f3c9a1e", "b2d4"].concat());
    for (path, template) in [
        ("a.env", "OAUTH_CLIENT_ID=<id>\nOAUTH_CLIENT_SECRET=<secret>\n"),
        ("a.json", "{\n  \"clientSecret\": \"<secret>\",\n  \"clientId\": \"<id>\"\n}\n"),
        ("a.yml", "oauth:\n  app_id: <id>\n  app_secret: <secret>\n"),
    ] {
        let repo = Repo::new();
        repo.write(path, template.replace("<id>", &id).replace("<secret>", &secret));
        let found = findings(&repo, &["scan", "."]);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert_eq!(
            (&found[0]["rule"], &found[0]["confidence"]),
            (&"generic-credential".into(), &"high".into())
        );
        let part = Some("OAuth client id".to_owned());
        let mut parts: Vec<_> = places(&found[0]).into_iter().map(|(_, part)| part).collect();
        parts.sort();
        assert_eq!(parts, [None, part], "{path}");
        let alerts = repo.scan(&["scan", ".", "-f", "sarif"]).json()["runs"][0]["results"].clone();
        assert_eq!(alerts.as_array().map(Vec::len), Some(1), "the id is public: no alert of its own");
    }
}

#[test]
fn the_id_of_a_client_alone_or_beside_another_credential_is_of_low_confidence() {
    let (word, id) = (["q8Zr2L", "wX0pVt"].concat(), ["7f3c9a1e", "b2d4"].concat());
    for text in [
        format!("CLIENT_ID={id}\n"),
        format!("CLIENT_ID={id}\nDB_PASSWORD={word}\n"),
        format!("CLIENT_ID={id}\n\n\n\n\n\n\nCLIENT_SECRET={word}\n"),
        format!("APP_ID={id}\nCLIENT_SECRET={word}\n"),
    ] {
        let repo = Repo::new();
        repo.write("a.env", text);
        let found = findings(&repo, &["scan", ".", "--confidence", "low"]);
        let ids: Vec<&Value> =
            found.iter().filter(|found| found["rule"] == "generic-oauth-client-id").collect();
        assert_eq!(ids.len(), 1, "{found:?}");
        assert_eq!((&ids[0]["confidence"], &ids[0]["severity"]), (&"low".into(), &"info".into()));
        assert!(found.iter().all(|found| places(found).iter().all(|(_, part)| part.is_none())), "{found:?}");
    }
}

#[test]
fn a_hidden_secret_hides_no_half() {
    let repo = Repo::new();
    let (id, key) = (value("twilio-account-sid", "a"), value("twilio-auth-token", "b"));
    repo.write("a.env", format!("TWILIO_ACCOUNT_SID={id}\nTWILIO_AUTH_TOKEN={key}\n"));
    assert_eq!(findings(&repo, &["scan", "."]).len(), 1);
    repo.write(
        "ringfence.toml",
        "[rules]\ndisable = [\"twilio-auth-token\", \"twilio-auth-token-argument\"]\n",
    );
    let rules: Vec<Value> =
        findings(&repo, &["scan", "a.env"]).iter().map(|found| found["rule"].clone()).collect();
    assert!(rules.contains(&"twilio-account-sid".into()), "{rules:?}");
}

#[test]
fn the_user_of_a_password_and_the_account_of_a_key_are_told() {
    let repo = Repo::new();
    let word = ["q8Zr2L", "wX0pVt"].concat();
    repo.write("a.txt", format!("git clone https://deploy:{word}@git.corp.io/shop\n"));
    repo.write("b.env", format!("AWS_ACCESS_KEY_ID={}\n", ["ASIA", "Y34FZKBO", "KMUTVV7A"].concat()));
    let told: String =
        findings(&repo, &["scan", "."]).iter().map(|found| found["reasons"].to_string()).collect();
    assert!(
        told.contains("of the user deploy") && told.contains("of the AWS account 609629065308"),
        "{told}"
    );
    assert!(!told.contains(&word));
}
