//! Settings: precedence, places, nearest names, and the text of each refusal.

use std::path::Path;

use secrecy::ExposeSecret;

use super::*;

const FILE: &str = r#"
[api]
environment = "sandbox"

[database]
url = "postgres://etl@db.example:5432/warehouse"

[storage]
url = "file:./data/objects"

[[company]]
no = "1234567"
client_id = "from-the-mail"
start_on = 2026-11-01
"#;

fn environment() -> Environment {
    Environment::from([("ETL104_CLIENT_SECRET", "tell-nobody")])
}

fn parse(text: &str, environment: &Environment) -> Result<Settings, Problems> {
    let given = Given::parse(Path::new("etc/etl104.toml"), text.as_bytes(), environment)?;
    given.all(&[], Secrets::Required)
}

#[track_caller]
fn parsed(text: &str, environment: &Environment) -> Settings {
    parse(text, environment).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Each problem as it is printed, its remedy on the same line.
fn refused(text: &str, environment: &Environment) -> Vec<String> {
    let problems = parse(text, environment).err().map_or(Vec::new(), |problems| problems.0);
    problems.iter().map(|problem| problem.to_string().replace("\n  remedy: ", " -> ")).collect()
}

/// One replacement in the good file gives exactly one problem, which holds all of these words.
#[track_caller]
fn check(from: &str, to: &str, words: &[&str]) {
    let text = FILE.replace(from, to);
    assert!(from.is_empty() || text != FILE, "nothing was replaced");
    let problems = refused(&text, &environment());
    assert_eq!(problems.len(), 1, "{problems:?}");
    for word in words {
        assert!(problems.iter().all(|problem| problem.contains(word)), "{word} in {problems:?}");
    }
}

#[test]
fn a_short_file_is_enough() {
    let settings = parsed(FILE, &environment());
    assert_eq!(settings.api.environment.name, "sandbox");
    assert_eq!(settings.api.base_url.host_str(), Some("apis.104api-dev.com.tw"));
    assert!((settings.api.calls_per_second - 3.0).abs() < f64::EPSILON);
    let company = settings.companies.first().unwrap();
    assert_eq!(company.no.as_str(), "01234567");
    assert_eq!(company.sources.len(), 3);
    assert_eq!(company.client_secret.expose_secret(), "tell-nobody");
    assert_eq!(company.start_on, jiff::civil::date(2026, 11, 1));
    assert_eq!(settings.run.settle, resumes::settings::Run::default().settle);
}

#[test]
fn the_environment_overrides_the_file() {
    let text =
        FILE.replace("[storage]", "[run]\nsettle = \"10m\"\n[files]\nat_once = 2\n[storage]");
    let settings = parsed(&text, &environment());
    assert_eq!(settings.run.settle.as_secs(), 600);
    assert_eq!(settings.files.at_once, 2);
    let overridden = Environment::from([
        ("ETL104_CLIENT_SECRET", "tell-nobody"),
        ("ETL104_RUN__SETTLE", "15m"),
        ("ETL104_RUN__RECHECK_AFTER", "2h, 3d"),
        ("ETL104_RUN__SHARE_BETWEEN_SOURCES", "false"),
        ("ETL104_FILES__AT_ONCE", "9"),
        ("ETL104_FILES__KINDS", "headshot"),
        ("ETL104_DATABASE__URL", "postgres://other/base"),
        ("ETL104_API__TOKEN_URL", "http://127.0.0.1:8104/oauth2/token"),
        ("ETL104_API__BASE_URL", "http://127.0.0.1:8104/ehrweb_resume/1.0"),
        ("ETL104_API__CALLS_PER_SECOND", "50"),
        ("ETL104_TEST_DATABASE_URL", "somebody else's"),
    ]);
    let settings = parsed(&text, &overridden);
    assert_eq!(settings.run.settle.as_secs(), 900);
    assert_eq!(settings.run.recheck_after.len(), 2);
    assert!(!settings.run.share_between_sources);
    assert_eq!((settings.files.at_once, settings.files.kinds.len()), (9, 1));
    assert_eq!(settings.database.url, "postgres://other/base");
    assert_eq!(settings.api.environment.name, "sandbox");
    assert_eq!(settings.api.environment.base_origin, "http://127.0.0.1:8104");
}

#[test]
fn database_url_counts_only_where_the_file_is_silent() {
    let with = Environment::from([
        ("ETL104_CLIENT_SECRET", "tell-nobody"),
        ("DATABASE_URL", "postgres://variable/base"),
    ]);
    assert_eq!(parsed(FILE, &with).database.url, "postgres://etl@db.example:5432/warehouse");
    let silent = FILE.replace("url = \"postgres://etl@db.example:5432/warehouse\"", "");
    assert_eq!(parsed(&silent, &with).database.url, "postgres://variable/base");
    assert!(
        matches!(refused(&silent, &environment()).as_slice(), [one] if one.contains("or set DATABASE_URL"))
    );
}

#[test]
fn secrets_come_from_a_file_or_a_named_variable() {
    let folder = tempfile_folder();
    std::fs::write(folder.join("secret"), "from-a-file\n").unwrap();
    let by_file = FILE.replace("client_id", "client_secret_file = \"secret\"\nclient_id");
    let given = Given::parse(&folder.join("x.toml"), by_file.as_bytes(), &Environment::default());
    let settings = given.unwrap().all(&[], Secrets::Required).unwrap_or_else(|p| panic!("{p}"));
    assert_eq!(settings.companies[0].client_secret.expose_secret(), "from-a-file");
    std::fs::write(folder.join("secret"), "\n").unwrap();
    let given = Given::parse(&folder.join("x.toml"), by_file.as_bytes(), &Environment::default());
    let problems = given.unwrap().all(&[], Secrets::Required).err().unwrap().to_string();
    assert!(problems.contains("is empty"), "{problems}");
    std::fs::remove_dir_all(&folder).unwrap();

    let by_name = FILE.replace("client_id", "client_secret_env = \"ACME_SECRET\"\nclient_id");
    let settings = parsed(&by_name, &Environment::from([("ACME_SECRET", "of acme")]));
    assert_eq!(settings.companies[0].client_secret.expose_secret(), "of acme");
}

fn tempfile_folder() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("etl104-settings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn what_works_on_the_database_alone_needs_no_storage() {
    let keyless = FILE.replace("file:./data/objects", "s3://bucket");
    let nothing = Environment::default();
    let given = Given::parse(Path::new("etl104.toml"), keyless.as_bytes(), &nothing).ok().unwrap();
    assert!(given.of_warehouse(&[]).is_ok_and(|settings| settings.storage.is_none()));
    let problems = given.all(&[], Secrets::NotNeeded).err().unwrap().to_string();
    assert!(problems.contains("AWS_REGION"), "{problems}");
}

#[test]
fn commands_that_do_not_call_need_no_secret() {
    let nothing = Environment::default();
    let given = Given::parse(Path::new("etl104.toml"), FILE.as_bytes(), &nothing).ok().unwrap();
    assert!(given.database().is_ok());
    assert!(given.scopes(&[]).is_ok());
    assert!(given.all(&[], Secrets::NotNeeded).is_ok());
    let problems = given.all(&[], Secrets::Required).err().unwrap().to_string();
    assert!(problems.contains("ETL104_CLIENT_SECRET is not set"), "{problems}");
}

#[test]
fn a_wrong_setting_names_place_problem_and_remedy() {
    check(
        "environment = \"sandbox\"",
        "enviroment = \"sandbox\"\nenvironment = \"sandbox\"",
        &[
            "etc/etl104.toml:3:1: [api] enviroment: is no known setting",
            "-> did you mean environment?",
        ],
    );
    check("[storage]", "[strage]\n[storage]", &[":8:2: [strage]: is no known", "mean storage?"]);
    check(
        "\"sandbox\"",
        "\"sandbox\"\ncalls_per_second = 9",
        &[":4:20: [api] calls_per_second: 9 is above 104's limit of 3", "-> write 3 or less"],
    );
    check("\"sandbox\"", "\"staging\"", &[":3:15:", "\"staging\" is no environment of 104"]);
    check("\"sandbox\"", "3", &["[api] environment: is a number, not a text"]);
    check("2026-11-01", "2026-13-01", &["no TOML"]);
    check("2026-11-01", "\"next week\"", &["\"next week\" is no date", "start_on = 2026-11-01"]);
    check("no = \"1234567\"", "no = \"12345678x\"", &["12:6: [[company]] 1 no:", "digits"]);
    check("client_id = \"from-the-mail\"", "", &["client_id: is missing", "sent by mail"]);
    check("file:./data/objects", "ftp://x", &["[storage] url: is neither file:", "s3://"]);
    check("postgres://", "mysql://", &["[database] url: is no URL of a Postgres database"]);
    check("[[company]]", "[company]", &["stands in single brackets", "[[company]]"]);
    check(
        "start_on",
        "sources = [\"matched\", \"appplied\"]\nstart_on",
        &["\"appplied\" is no source", "did you mean applied?"],
    );
    check(
        "[storage]",
        "[run]\nrecheck_after = [\"1h\", \"soon\"]\n[storage]",
        &[":9:24: [run] recheck_after: \"soon\" is no duration", "7d"],
    );
    check("[storage]", "[files]\nat_once = 0\n[storage]", &["0 is no whole number from 1 to 32"]);
}

#[test]
fn addresses_must_be_safe() {
    let urls = |token: &str, base: &str| format!("token_url = \"{token}\"\nbase_url = \"{base}\"");
    let https = "https://x.example/1";
    let one = "environment = \"sandbox\"";
    check(one, &urls("http://x.example/t", https), &["token_url: is not https"]);
    check(one, &urls("http://127.0.0.1.example/t", https), &["token_url: is not https"]);
    check(one, &urls("https://u:hush@x.example/t", https), &["token_url: has a user"]);
    check(one, "token_url = \"https://x.example/t\"", &["base_url: is missing"]);
}

#[test]
fn a_secret_in_the_file_is_refused_and_never_shown() {
    check("client_id", "client_secret = \"hush\"\nclient_id", &["does not belong into this file"]);
    for broken in [
        FILE.replace("client_id", "client_secret = \"hush\"\nclient_id"),
        FILE.replace("postgres://etl@", "postgres://etl:hush@:bad port:"),
        FILE.replace("postgres://etl@db.example:5432/warehouse\"", "postgres://etl:hush@x"),
        FILE.replace("\"sandbox\"", "\"sandbox\"\nproxy = \"hush\""),
    ] {
        let problems = refused(&broken, &environment());
        assert!(!problems.is_empty() && !problems.concat().contains("hush"), "{problems:?}");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = FILE
        .replace("\"sandbox\"", "\"staging\"")
        .replace("postgres://", "mysql://")
        .replace("2026-11-01", "2026-11-01\nclient_secret_file = \"/no/such/file\"");
    let problems = refused(&text, &environment());
    assert_eq!(problems.len(), 3, "{problems:?}");
}

#[test]
fn wrong_variables_are_refused() {
    let check = |name: &str, value: &str, words: &str| {
        let environment =
            Environment::from([("ETL104_CLIENT_SECRET", "tell-nobody"), (name, value)]);
        let problems = refused(FILE, &environment);
        assert!(
            matches!(problems.as_slice(), [one] if one.starts_with(name) && one.contains(words)),
            "{problems:?}"
        );
    };
    check("ETL104_API__CALL_PER_SECOND", "1", "did you mean ETL104_API__CALLS_PER_SECOND?");
    check("ETL104_APY__PROXY", "x", "did you mean api?");
    check("ETL104_API__CALLS_PER_SECOND", "many", "is not a number");
    check("ETL104_RUN__SETTLE", "soon", "is no duration");
    check("ETL104_FILES__KINDS", "headshot,photo", "is no kind of file");
    check("ETL104_RUN__LABEL", "two\nlines", "holds a control character");
    check("ETL104_RUN__LABEL", &"號".repeat(201), "has 201 characters -> write 200 at most");
}

#[test]
fn companies_are_known_and_stand_once() {
    let twice =
        format!("{FILE}[[company]]\nno = \"01234567\"\nclient_id = \"b\"\nstart_on = 2026-11-01\n");
    let problems = refused(&twice, &environment());
    assert!(matches!(problems.as_slice(), [one] if one.contains("01234567 stands there twice")));

    let given = Given::parse(Path::new("etl104.toml"), FILE.as_bytes(), &environment());
    let given = given.ok().unwrap();
    let problems = given.scopes(&["1234568".parse().unwrap()]).err().unwrap().to_string();
    assert!(problems.contains("--company: 01234568 is no company of etl104.toml"), "{problems}");
    assert!(problems.contains("did you mean 01234567?"), "{problems}");
}

#[test]
fn a_bucket_needs_its_key_and_region() {
    let text = FILE.replace("file:./data/objects", "s3://bucket/some/prefix/");
    let with = |variables: [(&str, &str); 3]| refused(&text, &Environment::from(variables));
    let secret = ("ETL104_CLIENT_SECRET", "tell-nobody");
    let key = ("AWS_ACCESS_KEY_ID", "k");
    let problems = with([secret, key, ("AWS_REGION", "ap-northeast-1")]);
    assert!(matches!(problems.as_slice(), [one] if one.starts_with("AWS_SECRET_ACCESS_KEY: ")));
    let problems = with([secret, key, ("AWS_SECRET_ACCESS_KEY", "s")]);
    assert!(matches!(problems.as_slice(), [one] if one.starts_with("AWS_REGION: ")));
    let local = text.replace("[[company]]", "endpoint = \"http://127.0.0.1:9000\"\n[[company]]");
    let environment = Environment::from([secret, key, ("AWS_SECRET_ACCESS_KEY", "s")]);
    assert!(parse(&local, &environment).is_ok());
    let far = local.replace("127.0.0.1", "minio.example");
    assert!(
        matches!(refused(&far, &environment).as_slice(), [one] if one.contains("AWS_ALLOW_HTTP"))
    );
}

#[test]
fn relative_paths_start_from_the_settings_file() {
    let folder = Folder::of(Path::new("/etc/etl104/etl104.toml"));
    assert_eq!(folder.resolve("./data"), Path::new("/etc/etl104/./data"));
    assert_eq!(folder.resolve("/var/data"), Path::new("/var/data"));
    assert_eq!(Folder::of(Path::new("etl104.toml")).resolve("data"), Path::new("data"));
}

#[test]
fn text_in_another_encoding_is_told() {
    let big5 = b"[api]\nproxy = \"\xa4\xa4\"\n";
    let problems = Given::parse(Path::new("etl104.toml"), big5, &environment()).err().unwrap();
    assert!(problems.to_string().starts_with("etl104.toml:2:10: this is no UTF-8"), "{problems}");
}

#[test]
fn the_flag_names_the_file_before_the_variable_does() {
    let variable = Environment::from([("ETL104_CONFIG", "/no/such/variable.toml")]);
    let missing = |flag: Option<&str>, environment: &Environment| {
        Given::read(flag.map(Path::new), environment).err().unwrap().to_string()
    };
    assert!(missing(Some("/no/such/flag.toml"), &variable).starts_with("/no/such/flag.toml: "));
    assert!(missing(None, &variable).starts_with("/no/such/variable.toml: there is no such file"));
}

#[test]
fn the_template_is_read_once_it_is_filled_in() {
    let template = include_str!("../commands/init/etl104.toml")
        .replace("no = \"\"", "no = \"01234567\"")
        .replace("client_id = \"\"", "client_id = \"from-the-mail\"")
        .replace("# url = \"postgres://", "url = \"postgres://");
    let settings = parsed(&template, &environment());
    assert_eq!(settings.api.environment.name, "sandbox");
    // The defaults that the comments name are those of the code.
    let shown = template
        .lines()
        .map(|line| {
            let is_default = [
                "# calls_per_second",
                "# recheck_after",
                "# settle",
                "# share_between",
                "# old_windows",
                "# windows_at_once",
                "# refresh_marts_every",
                "# kinds",
                "# refetch",
                "# at_once",
                "# token_max_age",
                "# max_size",
                "# sources",
                "# client_secret_env",
            ]
            .iter()
            .any(|start| line.starts_with(start));
            if is_default { line.trim_start_matches("# ") } else { line }
        })
        .collect::<Vec<_>>()
        .join("\n");
    let named = parsed(&shown, &environment());
    assert_eq!(
        format!("{:?}{:?}", named.run, named.files),
        format!("{:?}{:?}", settings.run, settings.files)
    );
    let max_bytes = |settings: &Settings| settings.storage.as_ref().map(|it| it.max_bytes);
    assert_eq!(max_bytes(&named), max_bytes(&settings));
    let sorted = |settings: &Settings| {
        let mut sources = settings.companies[0].sources.clone();
        sources.sort();
        sources
    };
    assert_eq!(sorted(&named), sorted(&settings));
}
