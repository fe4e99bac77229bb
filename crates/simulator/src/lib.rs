//! 104's resume-transfer API, imitated from its contract alone.
//!
//! It answers like the service as far as that is documented, and every assumption about the rest is an option.
//! People are generated: they follow from a seed, none is stored, none is real. A journal keeps what was asked and
//! counts starts in any second; a script makes chosen calls go wrong; listings can be made by hand.
//!
//! ```no_run
//! # async fn example() -> Result<(), simulator::StartError> {
//! let sim = simulator::Simulator::start(simulator::Options::default()).await?;
//! println!("{} {}", sim.token_url(), sim.base_url());
//! // ... calls ...
//! assert!(sim.stats().max_starts_in_any_second <= 3);
//! sim.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A call arrives (its time is that of its first byte at the socket), is delayed by the jitter, counted, delayed by
//! the latency, befallen by the script, answered, and written down: `server`. What is listed and who it is follow
//! from `calendar` and `people`.

mod options;
mod window;
mod clock;
mod calendar;
mod people;
mod files;
mod server;
mod script;
mod journal;
mod handle;
mod like;
mod dice;
mod locked;
mod crowd;

pub use calendar::{Document, Listing};
pub use crowd::{Crowd, Shown};
pub use handle::{Handle, Simulator, StartError};
pub use journal::{Endpoint, Entry, ListedWindow, Stats};
pub use like::{LikeError, like};
pub use options::{
    Answers, Applications, Beyond, Credential, ExpiresIn, FieldKind, FieldShape, Options,
    ResumeIdForm, Size,
};
pub use script::{Action, Actions, Rule, ScriptError};
pub use window::Flag;
