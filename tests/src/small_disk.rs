//! A disk that a test may fill.

use std::fs::{File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system of a few megabytes, unmounted with this value.
#[derive(Debug)]
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// One that belongs to a user. Where none may be mounted it says so: `None`.
    pub fn mount(owner: u32) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder can be made");
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755))
            .expect("the folder is ours");
        let options = format!("size=48m,mode=0700,uid={owner}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        #[expect(
            clippy::print_stderr,
            reason = "whoever reads the log must know what was not tested"
        )]
        {
            eprintln!("no file system may be mounted here, so no disk was filled");
        }
        None
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
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
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}
