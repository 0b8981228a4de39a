//! Credentials in tables, told by the heading of their column only.

use ringfence::detect::{PlaceFacts, Settled};
use ringfence::finding::Confidence;

use super::random::Random;
use super::sample::detector;
use super::support::Repo;

fn password(random: &mut Random) -> String {
    const LETTERS: &str = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
    [random.text(LETTERS, 9), random.text("23456789", 3), random.text(LETTERS, 4)].concat()
}

fn find(text: &str) -> Settled {
    detector().find(text.as_bytes(), &PlaceFacts::of_path(b"table"))
}

/// The values that are found, as they stand in the text.
fn found(text: &str) -> Vec<String> {
    let value = |range: std::ops::Range<usize>| text[range].to_owned();
    let settled = find(text);
    let shown = settled.matches.iter().filter(|found| found.confidence >= Confidence::Medium);
    shown.map(|found| value(found.value.range())).collect()
}

/// Tables with `$1` and `$2` in a column that names a credential.
const TABLES: [&str; 12] = [
    "id,username,password,mail\n1,bob,$1,b@corp.test\n2,al,$2,a@corp.test\n",
    "username;password\r\nbob;$1\r\nal;$2\r\n",
    "api_token\tname\n$1\tbob\n$2\tal\n",
    "\"User\",\"Client Secret\",\"Note\"\n\"b, o\",\"$1\",\"a \"\"x\"\" b\"\n\"al\",\"$2\",\"\"\n",
    "# exported by hand\nuser,password\nbob,$1\nal,$2\n",
    "Accounts:\n\nuser,password\nbob,$1\nal,$2\n\nuser, password and host come from it\n",
    "| host | user | password |\n|------|:----:|----------|\n| db1 | root | $1 |\n| db2 | root | `$2` |\n",
    "host | password\n---|---\ndb1 | $1\ndb2 | $2\n",
    " id | login |   password   \n----+-------+--------------\n  1 | bob   | $1\n  2 | al    | $2\n(2 rows)\n",
    "+----+------------+\n| id | api_secret |\n+----+------------+\n|  1 | $1 |\n|  2 | $2 |\n+----+------------+\n",
    "INSERT INTO `users` (`id`, `password`, `role`) VALUES (1,'$1','admin'),\n(2, '$2', 'o''neil');\n",
    "insert into cfg (name, api_token) values ('a (b), c', '$1'), (concat('a', 'b'), '$2');\n",
];

#[test]
fn a_value_is_told_by_the_heading_of_its_column() {
    let mut random = Random::of("table 11");
    for table in TABLES {
        let values = [password(&mut random), password(&mut random)];
        let text = table.replace("$1", &values[0]).replace("$2", &values[1]);
        assert_eq!(found(&text), values, "{table}");
    }
}

#[test]
fn a_report_says_that_the_column_told_it() {
    let text = TABLES[0].replace("$1", &password(&mut Random::of("table 3"))).replace("$2", "x");
    let settled = find(&text);
    let decoded = settled.matches[0].decoded.as_ref().expect("how it is read is told");
    assert_eq!(decoded.chain, ["column"]);
}

#[test]
fn other_columns_prose_and_options_are_no_secrets() {
    let value = password(&mut Random::of("table 5"));
    let silent = [
        format!("id,username,note\n1,bob,{value}\n"),
        format!("user, password, and a host are read from it.\nSee {value}, or ask, the team\n"),
        format!("call(user, password, host)\nother(a, {value}, b)\n"),
        "| Option | Token | Description |\n|---|---|---|\n| `--token` | string | The token to use |\n"
            .to_owned(),
        "user,password\nbob,<password>\nal,changeme\ncy,${PASSWORD}\n".to_owned(),
        "token,lemma,pos\nhouses,house,NOUN\nrunning,run,VERB\n".to_owned(),
        format!("INSERT INTO users (password, note) VALUES ('', '{value}');\n"),
    ];
    for text in silent {
        assert_eq!(found(&text), [""; 0], "{text}");
    }
}

#[test]
fn a_value_far_below_its_heading_is_found_in_every_version_of_a_history() {
    let mut random = Random::of("table 7");
    let row = |random: &mut Random, at: usize| format!("{at},user{at},{}\n", password(random));
    let mut rows: Vec<String> = (0..300).map(|at| row(&mut random, at)).collect();
    let repo = Repo::new();
    let write = |rows: &[String]| format!("id,login,password\n{}", rows.concat());
    repo.write("users.csv", write(&rows));
    repo.commit("a table");
    rows.push(row(&mut random, 300));
    repo.write("users.csv", write(&rows));
    repo.commit("a row at its end");
    repo.write("users.csv", write(&rows).replacen("password", "nickname", 1));
    repo.commit("another heading");
    repo.repack();
    let with = repo.scan(&["git", ".", "-f", "json", "--no-cache", "--confidence", "low"]);
    let without = repo.scan(&["git", ".", "-f", "json", "--no-cache", "--confidence", "low", "--no-seam"]);
    assert_eq!(with.json()["findings"].as_array().expect("findings").len(), 301);
    assert_eq!(with.stdout, without.stdout);
}
