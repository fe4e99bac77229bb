//! A disk that is soon full.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A small file system in memory, mounted at a folder of its own until its end.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// One of this size, such as `1m`. None where nobody may mount (it takes root); then it says on stderr that
    /// the test proves nothing.
    pub fn mount(size: &str) -> Option<Self> {
        Self::with(&format!("size={size},mode=0777"))
    }

    /// One that belongs to a user alone.
    pub fn mount_for(owner: u32, size: &str) -> Option<Self> {
        Self::with(&format!("size={size},mode=0700,uid={owner}"))
    }

    fn with(options: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let is_mounted = run("mount", &["-t", "tmpfs", "-o", options, "tmpfs"], folder.path());
        if !is_mounted {
            // Not by a macro, whose words the harness keeps of a test that passes.
            let said = writeln!(
                std::io::stderr(),
                "NOT TESTED: a full disk. `mount -t tmpfs` is not permitted here; run as root"
            );
            drop(said);
            return None;
        }
        Some(Self { folder })
    }

    /// Changes it while it is in use: `size=64m`, `ro`, `rw`.
    pub fn remount(&self, option: &str) {
        let options = format!("remount,{option}");
        assert!(run("mount", &["-o", &options], self.path()), "what was mounted can be remounted");
    }

    /// Leaves no byte free.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("the disk takes a file");
        while filler.write_all(&[1; 4096]).is_ok() {}
    }

    /// Frees what [`SmallDisk::fill`] took.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).expect("it was filled");
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that was killed may still be at its end.
        run("umount", &["-l"], self.path());
    }
}

fn run(command: &str, arguments: &[&str], folder: &Path) -> bool {
    let ended = Command::new(command)
        .args(arguments)
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    ended.is_ok_and(|status| status.success())
}
