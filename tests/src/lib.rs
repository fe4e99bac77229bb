//! The real binary, the simulator, a real Postgres, a real S3 server.
