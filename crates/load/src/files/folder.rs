//! A folder as object storage: where files arrive before they are whole.
//!
//! A process that is killed while it writes leaves a part behind. In a folder of its own such a
//! part is found and removed by a later run, instead of lying beside the files for ever: it is
//! personal data that no row points to.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use object_store::path::Path as Key;
use uuid::Uuid;

/// Below the storage's folder.
const ARRIVING: &str = ".arriving";
/// No upload takes so long.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// A key under which one file arrives.
pub(super) fn arriving() -> Key {
    Key::from_iter([ARRIVING, &Uuid::now_v7().to_string()])
}

/// Removes what killed processes left behind.
pub(super) fn sweep(folder: &Path) -> std::io::Result<()> {
    let parts = match std::fs::read_dir(folder.join(ARRIVING)) {
        Ok(parts) => parts,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for part in parts {
        let part = part?;
        let age = part.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age > ABANDONED_AFTER {
            match std::fs::remove_file(part.path()) {
                // Another run was quicker.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                swept => swept?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::SystemTime;

    #[test]
    fn only_what_was_abandoned_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        sweep(folder.path()).unwrap();
        let parts = folder.path().join(ARRIVING);
        std::fs::create_dir(&parts).unwrap();
        let long_ago = SystemTime::now() - 2 * ABANDONED_AFTER;
        File::create(parts.join("old#1")).unwrap().set_modified(long_ago).unwrap();
        File::create(parts.join("new#1")).unwrap();
        sweep(folder.path()).unwrap();
        assert!(!parts.join("old#1").exists() && parts.join("new#1").exists());
    }
}
