//! The pool, the embedded migrations, the installation's binding, the shared clock, the shared
//! pace and the shared token.
//!
//! What is absent: people's data. Nothing here reads or writes `raw` or `recruiting`.

mod error;
mod protection;
mod pool;
mod patience;
mod schema;
mod roles;
mod catalogue;
mod dictionary;
mod clock;
mod installation;
mod pace;
mod access_token;

pub use access_token::{RenewalLock, SealedToken, SharedToken};
pub use catalogue::{Deviation, catalogue, deviations};
pub use clock::now;
pub use dictionary::{
    Column, Comment, Dictionary, Function, Name, Reference, Relation, RelationKind, Schema,
    dictionary,
};
pub use error::{Error, is_connection_loss, is_worth_repeating, refusal_of_values, remedy_if_away};
pub use installation::{Environment, bind, require_environment};
pub use pace::{CredentialHash, Rank, SharedPace, Start};
pub use patience::{Work, long_transaction, statement, transaction};
pub use pool::{Settings, connect, connect_to_read};
pub use roles::{ROLES, Roles, grant_roles};
pub use schema::{
    SchemaState, Step, migrate, migrations, next_step, require_current, schema_state,
};
