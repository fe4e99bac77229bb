//! The recipes of `deploy`, as far as they can be tried quickly: `make check-recipes` tries all of them.

use std::path::Path;
use std::process::Command;

use acceptance::{Etl104, Settings, workspace};

fn recipe(name: &str) -> String {
    std::fs::read_to_string(workspace::root().join("deploy").join(name)).unwrap()
}

/// The lines that follow a line, as deep as the first of them, without their indentation.
fn block_after(text: &str, head: &str) -> String {
    let lines: Vec<&str> = text.lines().skip_while(|line| line.trim() != head).skip(1).collect();
    let depth = lines[0].len() - lines[0].trim_start().len();
    let is_within = |line: &&&str| line.trim().is_empty() || line.starts_with(&" ".repeat(depth));
    lines
        .iter()
        .take_while(is_within)
        .map(|line| line.get(depth..).unwrap_or("").to_owned() + "\n")
        .collect()
}

#[tokio::test]
async fn their_settings_are_sound_once_the_secrets_are_there() {
    let manifest = recipe("kubernetes/settings.yaml");
    for (settings, secrets) in [
        (recipe("systemd/etl104.toml"), "/run/credentials/etl104.service"),
        (block_after(&manifest, "etl104.toml: |"), "/run/secrets/etl104"),
    ] {
        let etl104 = Etl104::new(&Settings::default().environment("AWS_REGION", "ap-northeast-1"));
        assert!(settings.contains(secrets), "{settings}");
        let settings = settings.replace(secrets, ".").replace("/var/lib/etl104/", "");
        for (name, text) in [
            ("etl104.toml", settings.as_str()),
            ("client-secret", "a-secret"),
            ("database-url", "postgres://etl104@db.example/warehouse"),
        ] {
            std::fs::write(etl104.folder().join(name), text).unwrap();
        }
        drop(etl104.run(&["check", "--offline"]).await.exits(0));
    }
}

#[tokio::test]
async fn the_commands_that_they_give_are_known() {
    let etl104 = Etl104::new(&Settings::default());
    let crontab = recipe("cron/etl104");
    let unit = recipe("systemd/etl104.service");
    let manifest = recipe("kubernetes/cronjob.yaml");
    let typed = |text: &str, before: &str| -> Vec<Vec<String>> {
        let found = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let found = found.filter_map(|line| Some(line.split_once(before)?.1.to_owned()));
        found.map(|line| words(&line)).collect()
    };
    let mut commands = typed(&crontab, "&& etl104 ");
    commands.extend(typed(&unit, "ExecStart=/usr/local/bin/etl104 "));
    commands.extend(typed(&manifest, "args: "));
    assert_eq!(commands.len(), 4, "{commands:?}");
    for command in commands {
        let typed: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        drop(etl104.run(&typed).await.exits(0));
    }
}

/// The words of a command line, up to a redirection; or those of a list.
fn words(line: &str) -> Vec<String> {
    let line = line.split(">>").next().unwrap_or(line);
    let list = line.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    let mut words = Vec::new();
    if let Some(list) = list {
        words.extend(list.split(", ").map(str::to_owned));
        return words;
    }
    // A text in quotes is one word.
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// The image is written without an engine, always with the same bytes. Without Linux or Python nothing is proved.
#[test]
fn the_image_is_the_same_whenever_it_is_written() {
    let program = Path::new("/proc/self/exe");
    if !program.exists() {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str| {
        let image = folder.path().join(name);
        let written = Command::new("python3")
            .arg(workspace::root().join("scripts/image"))
            .args([program, &image, Path::new("/etc/os-release")])
            .output()
            .ok()?;
        assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
        Some(std::fs::read(image.join("index.json")).unwrap())
    };
    let Some(first) = write("first") else { return };
    assert_eq!(write("second"), Some(first));
}
