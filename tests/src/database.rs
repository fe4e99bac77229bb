//! A database of its own for each test.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use uuid::Uuid;

use crate::{COMPANY, workspace};

/// Guards the making of the template; any number that nothing else uses does.
const TEMPLATE_LOCK: i64 = 0x0065_746C_3130_3400;

/// A test waits so long for the end of its database.
const DROPPED_WITHIN: Duration = Duration::from_secs(3);

/// A fresh database that nobody else sees. It is dropped with this value, together with the connections to it.
///
/// The server is the one that `ETL104_TEST_DATABASE_URL` names, or else the throw-away cluster
/// `target/test-postgres` that `scripts/postgres` makes. `DATABASE_URL` is never looked at: it may name a warehouse.
#[derive(Debug)]
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
    options: PgConnectOptions,
    url: String,
    pool: PgPool,
}

impl TestDatabase {
    /// A database with all migrations applied, and the partitions of the demo company.
    ///
    /// They are made once for all tests, in a template that is then copied: about 0.1 s a database.
    pub async fn create() -> Self {
        let template = template().await;
        Self::new(server().clone(), &format!("template {template}")).await
    }

    /// A database with all migrations on another server than the tests' own; `how` goes on from
    /// `create database …`.
    pub async fn on(server: &PgConnectOptions, how: &str) -> Self {
        let database = Self::new(server.clone(), how).await;
        database::migrate(database.pool()).await.expect("the migrations apply");
        database
    }

    /// A database without any table of ours, as a newcomer's `migrate` finds it.
    pub async fn empty() -> Self {
        Self::new(server().clone(), "").await
    }

    async fn new(server: PgConnectOptions, how: &str) -> Self {
        let name = format!("etl104_test_{}", Uuid::now_v7().simple());
        let mut administrator =
            server.connect().await.expect("the test server accepts connections");
        execute(&mut administrator, &format!("create database {name} {how}")).await;
        let options = server.clone().database(&name);
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(options.clone());
        let url = options.to_url_lossy().to_string();
        Self { server, name, options, url, pool }
    }

    /// The connection URL, password included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool of at most four connections, for the test's own questions.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// What [`TestDatabase::url`] says, for a pool of other settings.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A test's runtime may not be blocked, and may end before it polls a task: another thread does it. It is
        // not waited for without end: Postgres may wait for a connection that this very runtime has begun.
        // A database that stays behind harms nobody.
        let drop_it = format!("drop database if exists {} with (force)", self.name);
        let server = self.server.clone();
        let (dropped, done) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let ended = runtime.block_on(async {
                let mut connection = server.connect().await?;
                sqlx::query(AssertSqlSafe(drop_it)).execute(&mut connection).await?;
                connection.close().await
            });
            let _: Result<(), _> = dropped.send(());
            ended
        });
        let _: Result<(), _> = done.recv_timeout(DROPPED_WITHIN);
    }
}

/// The name of a migrated database, made if it does not exist; it changes with the migrations.
async fn template() -> String {
    static READY: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    READY.get_or_init(make_template).await.clone()
}

async fn make_template() -> String {
    let mut connection = administrator().await;
    let name = format!("etl104_template_{:016x}", hash_of_migrations(&mut connection).await);
    let unfinished = format!("{name}_unfinished");

    // Test binaries may run side by side; the lock goes with the connection, should this process die.
    execute(&mut connection, &format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut connection)
            .await
            .expect("the test server lists its databases");
    if !exists {
        execute(&mut connection, &format!("drop database if exists {unfinished} with (force)"))
            .await;
        execute(&mut connection, &format!("create database {unfinished}")).await;
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(server().clone().database(&unfinished))
            .await
            .expect("the test server accepts connections");
        database::migrate(&pool).await.expect("the migrations apply to an empty database");
        add_company(&pool).await;
        keep_marts_from_refreshing(&pool).await;
        pool.close().await;
        execute(&mut connection, &format!("alter database {unfinished} rename to {name}")).await;
    }
    connection.close().await.expect("the test server closes a connection");
    name
}

/// What the company's first run does: twice the work of copying the whole database.
async fn add_company(pool: &PgPool) {
    let company = COMPANY.parse().expect("the demo company's number");
    let mut tx = pool.begin().await.expect("the test server begins a transaction");
    load::raw::add_company(&mut tx, &company).await.expect("partitions can be made");
    tx.commit().await.expect("the test server commits");
}

/// As if it had been done a moment ago: tests that ask no kept mart refresh them once a day (`Settings`), and
/// the first time would be for nothing.
async fn keep_marts_from_refreshing(pool: &PgPool) {
    let done = sqlx::query("update mart.refresh set refreshed_at = now()").execute(pool).await;
    done.expect("the test server writes");
}

/// Of the migrations that this very executable carries, so that one built before the newest of them makes no
/// template that others take for theirs.
async fn hash_of_migrations(connection: &mut PgConnection) -> u64 {
    let migrations =
        database::migrations(connection).await.expect("the test server says what it can");
    let mut hasher = DefaultHasher::new();
    for migration in migrations.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    hasher.finish()
}

/// Where the test server is.
fn server() -> &'static PgConnectOptions {
    static SERVER: OnceLock<PgConnectOptions> = OnceLock::new();
    SERVER.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
        let given = std::env::var("ETL104_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty());
        let url = given.unwrap_or_else(start_private_cluster);
        let options =
            PgConnectOptions::from_str(&url).expect("the URL of the test server can be read");
        options.options([("jit", "off")]) // as the product's connections
    })
}

fn start_private_cluster() -> String {
    let output = std::process::Command::new(workspace::root().join("scripts/postgres"))
        .arg("start")
        .arg(workspace::root().join("target/test-postgres"))
        .arg("--fast")
        .output()
        .expect("scripts/postgres can be run");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/postgres made no cluster for the tests:\n{talk}");
    String::from_utf8(output.stdout).expect("a URL is text").trim().to_owned()
}

/// A connection to the database that the server's own URL names, to make and drop others.
async fn administrator() -> PgConnection {
    server().connect().await.expect("the test server accepts connections")
}

async fn execute(connection: &mut PgConnection, statement: &str) {
    if let Err(error) = sqlx::query(AssertSqlSafe(statement)).execute(connection).await {
        panic!("`{statement}` failed: {error}");
    }
}
