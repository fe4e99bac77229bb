//! A host whose clock is wrong: for one process alone, while the test, 104 and Postgres see the right time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use jiff::SignedDuration;

use crate::Settings;

/// Moves the wall clock for whoever loads it, and leaves the monotonic one alone.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, id, at);
    const char *off = getenv("CLOCK_IS_WRONG_BY");
    if (!failed && off && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += atol(off);
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"#;

impl Settings {
    /// The command runs on a host whose clock is wrong by so much. Only where a library can be loaded before all
    /// others, that is, on Linux; `None` elsewhere.
    #[must_use]
    pub fn wrong_clock(self, by: SignedDuration) -> Option<Self> {
        let shim = cfg!(target_os = "linux").then(shim)?;
        Some(
            self.environment("LD_PRELOAD", &shim.display().to_string())
                .environment("CLOCK_IS_WRONG_BY", &by.as_secs().to_string()),
        )
    }
}

/// The library, compiled once, by the compiler that links Rust's own programs.
fn shim() -> &'static Path {
    static SHIM_AT: OnceLock<PathBuf> = OnceLock::new();
    SHIM_AT.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its executable");
        let folder = test.parent().expect("an executable lies in a folder");
        let made = tempfile::tempdir_in(folder).expect("the tests' folder can be written to");
        let (source, library) = (made.path().join("clock.c"), made.path().join("clock.so"));
        std::fs::write(&source, SHIM).expect("the folder is ours");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .output()
            .expect("cc can be run: Rust links with it");
        let talk = String::from_utf8_lossy(&compiled.stderr);
        assert!(
            compiled.status.success(),
            "the library for wrong clocks does not compile:\n{talk}"
        );
        // Test binaries may run side by side: whole or not at all.
        let kept = folder.join("libwrong_clock.so");
        std::fs::rename(&library, &kept).expect("both lie in one folder");
        kept
    })
}
